import { z } from "zod";
import { anyMac, ifname, ip as ipField, netnsName } from "../fields.js";
import { bridge, opt, rows } from "../iproute2.js";
import { defineKind, type Want } from "../kind.js";
import { onHost } from "../risk.js";

export const fdbEntryShape = {
  /** The MAC address; 00:00:00:00:00:00 on a vxlan stands for all that no other entry names. */
  mac: anyMac,
  /** The link that keeps the entry: a vxlan, or the port of a bridge. */
  dev: ifname,
  /** Network namespace that holds the link. Default: the host's own. */
  netns: netnsName.optional(),
  /** On a vxlan: the address, IPv4 or IPv6, of the VTEP that has the MAC address. */
  dst: ipField.optional(),
  /** Whose table it is in: the link's own (`self`) or that of the bridge that the link is a port of (`master`). Default: self. */
  where: z.enum(["self", "master"]).default("self"),
  /** On a bridge that filters by VLAN: the VLAN's number, 1 to 4094. Default: none. */
  vlan: z.number().int().min(1).max(4094).optional(),
  /** `permanent` (on a bridge: the host's own address) or `static`. Default: permanent, as with `bridge fdb add`. */
  state: z.enum(["permanent", "static"]).default("permanent"),
};

type Wanted = Want<typeof fdbEntryShape>;

/** Frames to these go to every entry's dst: there may be many with one MAC address (vxlan(8): the default destination, and groups). */
const floods = (want: Wanted) => want.mac === "00:00:00:00:00:00" || (parseInt(want.mac.slice(0, 2), 16) & 1) === 1;

const write = (verb: string, want: Wanted) =>
  bridge(want.netns, "fdb", verb, want.mac, "dev", want.dev, ...opt("dst", want.dst), want.where, want.state, ...opt("vlan", want.vlan));

export const fdbEntry = defineKind({
  name: "FdbEntry",
  shape: fdbEntryShape,
  outputs: [],
  identity: ["mac", "dev", "netns", "where", "vlan"],
  refs: ["dev", "netns"],
  beside: ["mac", "dst"],
  replaceOn: (want) => (floods(want) ? ["dst"] : []),
  rules: (want) => (want.where === "master" && want.dst ? [{ property: "dst", reason: "belongs to a vxlan's own table; with where: master it has no meaning" }] : []),
  objects: (want) => [`fdb ${want.netns ?? ""} ${want.dev} ${want.where} ${want.mac} ${want.vlan ?? ""} ${floods(want) ? (want.dst ?? "") : ""}`],
  touches: (want) => onHost(want.netns, { what: "link", link: want.dev }),
  network: ({ netns, mac, dev, dst, where }) => [{ is: "fdb", netns, mac, dev, where, ...(dst && { dst }) }],
  show: (want) => [bridge(want.netns, "-j", "fdb", "show", "dev", want.dev)],
  parse: ([shown], want) => {
    const row = rows(shown).find(
      (r) =>
        r.mac === want.mac &&
        (want.where === "self") === (r.flags as string[]).includes("self") &&
        r.vlan === want.vlan &&
        (r.state === "permanent" || r.state === "static") &&
        (!floods(want) || r.dst === want.dst),
    );
    return row && { mac: row.mac, dev: want.dev, dst: row.dst, where: want.where, vlan: row.vlan, state: row.state };
  },
  add: (want) => [write(floods(want) ? "append" : "add", want)],
  set: (want) => [write("replace", want)],
  del: (want) => [bridge(want.netns, "fdb", "del", want.mac, "dev", want.dev, ...(floods(want) ? opt("dst", want.dst) : []), want.where, ...opt("vlan", want.vlan))],
});
