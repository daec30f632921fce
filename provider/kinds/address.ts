import { z } from "zod";
import { cidr, family, ifname, ip as ipField, netnsName } from "../fields.js";
import { flag, ip, opt, rows } from "../iproute2.js";
import { defineKind, type Argv } from "../kind.js";
import { onHost } from "../risk.js";
import { hasUnknown, unknownValue } from "../unknown.js";

export const addressShape = {
  /** The link that gets the address. */
  dev: ifname,
  /** Network namespace that holds the link. Default: the host's own. */
  netns: netnsName.optional(),
  /** IPv4 or IPv6 address with the length of its prefix, such as 172.245.0.1/24; /32 or /128 where none is given. */
  address: cidr,
  /** The address at the other end of a point-to-point link. Default: none. */
  peer: ipField.optional(),
  /** IPv4 broadcast address. Default: none, as with `ip addr add`. */
  broadcast: ipField.optional(),
  /** Scope: `global`, `link` or `host`. Default: global; that of an IPv6 address is what the address says. */
  scope: z.enum(["global", "link", "host"]).optional(),
  /** IPv6: use it at once, without waiting to see that nobody else has it (duplicate address detection). Default: false. */
  nodad: z.boolean().optional(),
  /** Do not make the route to its prefix. Default: false. */
  noprefixroute: z.boolean().default(false),
};

type Scope = "global" | "link" | "host";

/** The scope of an address where none is declared; of an IPv6 address the kernel knows no other (net/ipv6/addrconf_core.c). */
function scopeOf(address: string): Scope | undefined {
  if (hasUnknown(address)) return unknownValue as Scope;
  if (address.startsWith("::1/")) return "host";
  if (/^fe[89ab]/.test(address)) return "link";
  return /^fe[c-f]/.test(address) ? undefined : "global";
}

/** What makes an address another one on its link: of IPv6 the address alone, of IPv4 also the length of its prefix. */
function ofLink(address: string): string {
  return !hasUnknown(address) && family(address) === 6 ? address.split("/")[0]! : address;
}

export const address = defineKind({
  name: "Address",
  shape: addressShape,
  outputs: [],
  identity: ["dev", "netns", "address"],
  immutable: ["peer", "broadcast", "scope", "noprefixroute"],
  refs: ["dev", "netns"],
  beside: (want, old) => (ofLink(want.address) === ofLink(old.address ?? "") ? [] : ["address"]),
  rules: (want) => [
    ...(want.nodad && family(want.address) === 4 ? [{ property: "nodad", reason: `${want.address} is IPv4, which has no duplicate address detection to leave out` }] : []),
    ...(want.broadcast && family(want.address) === 6 ? [{ property: "broadcast", reason: "IPv6 has no broadcast addresses" }] : []),
    ...(want.scope && family(want.address) === 6 && want.scope !== scopeOf(want.address) ? [{ property: "scope", reason: `the scope of ${want.address} is in the address: leave it out` }] : []),
  ],
  complete: (want) => ({ ...want, scope: want.scope ?? scopeOf(want.address) }),
  objects: (want) => [`address ${want.netns ?? ""} ${want.dev} ${ofLink(want.address)}`],
  touches: (want) => onHost(want.netns, { what: "address", address: want.address, link: want.dev }),
  network: ({ netns, dev, address, peer, scope, noprefixroute }) => [{ is: "address", netns, dev, address, ...(peer && { peer }), ...(scope && { scope }), noprefixroute }],
  show: (want) => [ip(want.netns, "-j", `-${family(want.address)}`, "addr", "show", "dev", want.dev)],
  parse: ([shown], want) => {
    const all = (rows(shown)[0]?.addr_info ?? []) as Record<string, any>[];
    const found = all.find((a) => `${a.local}/${a.prefixlen}` === want.address);
    const other = all.find((a) => a.family === "inet6" && a.local === ofLink(want.address));
    if (!found) return other && { conflict: `${want.dev} has it with the length ${other.prefixlen}, and IPv6 has no address twice` };
    return {
      dev: want.dev,
      address: want.address,
      peer: found.address,
      broadcast: found.broadcast,
      scope: found.scope,
      noprefixroute: found.noprefixroute === true,
      secondaries: found.secondary ? 0 : all.filter((a) => a.secondary).length,
    };
  },
  add: (want) => {
    const words = spelt(want.address, want.peer);
    return [ip(want.netns, "addr", "add", ...words, "dev", want.dev, ...opt("broadcast", want.broadcast), ...opt("scope", want.scope), ...flag("nodad", want.nodad), ...flag("noprefixroute", want.noprefixroute))];
  },
  set: () => [],
  del: (want, observed) => {
    const del: Argv = ip(want.netns, "addr", "del", ...spelt(want.address, observed.peer), "dev", want.dev);
    return [observed.secondaries ? keepSecondaries(want.netns, want.dev, del) : del];
  },
});

/** An address as `ip addr` takes it: the length is that of the peer's prefix where there is a peer. */
function spelt(address: string, peer: string | undefined): string[] {
  const [local, length] = address.split("/");
  return peer ? [local!, "peer", `${peer}/${length}`] : [address];
}

/** The kernel takes secondary addresses along with their primary unless the link says promote_secondaries: say so for that moment. */
function keepSecondaries(netns: string | undefined, dev: string, del: Argv): Argv {
  const script = 'p=/proc/sys/net/ipv4/conf/$1/promote_secondaries; shift; was=$(cat "$p") && echo 1 >"$p" && { "$@"; rc=$?; echo "$was" >"$p"; exit $rc; }';
  return [...(netns === undefined ? [] : ["ip", "netns", "exec", netns]), "sh", "-c", script, "sh", dev, ...(netns === undefined ? del : del.filter((_, i) => i !== 1 && i !== 2))];
}
