import { z } from "zod";
import { family, ifname, ip as ipField, mtu } from "../fields.js";
import { pick } from "../handlers.js";
import { ip, opt } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { defaultMac, linkConflict, linkKey, linkShape, parseLink, setLink, showLink } from "./link.js";

export const vxlanShape = {
  ...linkShape,
  /** MTU in bytes. Default: what the kernel gives it: the MTU of `dev` less 50 (70 over IPv6), or 1500 without `dev`. The kernel silently lowers a larger one to that; linuxnet says so. */
  mtu: mtu.optional(),
  /** VXLAN network identifier, 0 to 16777215 (RFC 7348); iproute2 says `id`, which in Pulumi is the resource's own. Cannot change in place. */
  vni: z.number().int().min(0).max(16_777_215),
  /** Source address of the outer packets, IPv4 or IPv6. Default: by the route to the other end. */
  local: ipField.optional(),
  /** Where everything goes that no FDB entry sends elsewhere. Default: nowhere. */
  remote: ipField.optional(),
  /** Link that carries the outer packets. Default: by the route. */
  dev: ifname.optional(),
  /** UDP port of the outer packets. Default: 8472, the kernel's (drivers/net/vxlan) and flannel's; IANA's is 4789. Cannot change in place. */
  dstport: z.number().int().min(1).max(65_535).default(8472),
  /** Whether it learns where a MAC address is from what it receives. Default: true, as in the kernel; an overlay with static entries says false. */
  learning: z.boolean().default(true),
  /** Time to live of the outer packets, 1 to 255. Default: the kernel's own choice. */
  ttl: z.number().int().min(1).max(255).optional(),
  /** Seconds after which a learned entry goes. Default: the kernel's 300. */
  ageing: z.number().int().min(0).optional(),
};

const settable = ["local", "remote", "dev", "learning", "ttl", "ageing"] as const;

/** What follows `type vxlan id N`, for the properties named. */
function options(want: Record<string, any>, keys: readonly string[]): string[] {
  return settable.filter((k) => keys.includes(k)).flatMap((k) => (k === "learning" ? [want.learning ? "learning" : "nolearning"] : opt(k, want[k])));
}

/** What a vxlan has from the kernel, and gets back when the program no longer says otherwise. */
const kernels = { ttl: 0, ageing: 300 };

export const vxlan = defineKind({
  name: "Vxlan",
  shape: vxlanShape,
  outputs: ["ifindex"],
  carries: true,
  identity: ["name", "netns"],
  immutable: ["vni", "dstport"],
  refs: ["netns", "dev"],
  replaceOn: (want, old) => [
    // From another namespace the links of the host cannot be named.
    ...(want.netns === undefined ? [] : (["dev"] as const)),
    // An endpoint keeps the family that it was made for.
    ...(["local", "remote"] as const).filter((key) => want[key] && old[key] && family(want[key]) !== family(old[key])),
    // These cannot be taken away again.
    ...(["local", "remote", "dev", "mtu"] as const).filter((key) => want[key] === undefined && old[key] !== undefined),
  ],
  linkKind: "vxlan",
  rules: (want) =>
    want.local && want.remote && family(want.local) !== family(want.remote)
      ? [{ property: "remote", reason: `${want.remote} and local ${want.local} are not of one family` }]
      : [],
  complete: (want, seed) => ({ ...want, mac: defaultMac(want.mac, seed, want.netns, want.name) }),
  objects: (want) => [linkKey(want.netns, want.name)],
  show: (want) => [showLink(want.netns, want.name)],
  parse: ([shown], want) => {
    const link = parseLink(shown);
    if (!link) return undefined;
    const { data } = link;
    return {
      ...linkConflict(link, "vxlan"),
      name: link.name,
      mac: link.mac,
      mtu: link.mtu,
      up: link.up,
      ifindex: link.ifindex,
      vni: data.id,
      local: data.local ?? data.local6,
      remote: data.remote ?? data.remote6,
      // From another namespace the lower link shows as a bare index.
      dev: want.netns === undefined ? data.link : want.dev,
      dstport: data.port,
      learning: data.learning,
      ttl: data.ttl || undefined,
      ageing: data.ageing,
    };
  },
  // Made from the host's namespace, so that the outer packets keep the host's underlay wherever the link lives.
  add: (want) => [
    ip(undefined, "link", "add", "name", want.name, ...opt("netns", want.netns), ...opt("address", want.mac), ...opt("mtu", want.mtu), "type", "vxlan", "id", want.vni, "dstport", want.dstport, ...options(want, settable)),
    ...(want.up ? [ip(want.netns, "link", "set", "dev", want.name, "up")] : []),
  ],
  set: (want, changed) => {
    const words = options({ ...kernels, ...pick(want, Object.keys(want)) }, changed);
    // The lower link first: it bounds the MTU.
    return [...(words.length ? [ip(want.netns, "link", "set", "dev", want.name, "type", "vxlan", "id", want.vni, ...words)] : []), ...setLink(want.netns, want.name, want, changed)];
  },
  del: (want) => [ip(want.netns, "link", "del", "dev", want.name)],
});
