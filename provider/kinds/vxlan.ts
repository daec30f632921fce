import { z } from "zod";
import { family, ifname, ip as ipField, mtu } from "../fields.js";
import { opt } from "../iproute2.js";
import { defineLink, underlayShape } from "./link-kind.js";
import { etherShape } from "./link.js";

export const vxlanShape = {
  ...etherShape,
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
  ...underlayShape,
  /** UDP port of the outer packets. Default: 8472, the kernel's (drivers/net/vxlan) and flannel's; IANA's is 4789. Cannot change in place. */
  dstport: z.number().int().min(1).max(65_535).default(8472),
  /** Whether it learns where a MAC address is from what it receives. Default: true, as in the kernel; an overlay with static entries says false. */
  learning: z.boolean().default(true),
  /** Time to live of the outer packets, 1 to 255. Default: the kernel's own choice. */
  ttl: z.number().int().min(1).max(255).optional(),
  /** Seconds after which a learned entry goes. Default: the kernel's 300. */
  ageing: z.number().int().min(0).optional(),
};

export const vxlan = defineLink({
  name: "Vxlan",
  type: "vxlan",
  shape: vxlanShape,
  words: {
    vni: (v) => opt("id", v),
    dstport: (v) => opt("dstport", v),
    local: (v) => opt("local", v),
    remote: (v) => opt("remote", v),
    dev: (v) => opt("dev", v),
    learning: (v) => [v ? "learning" : "nolearning"],
    ttl: (v) => opt("ttl", v),
    ageing: (v) => opt("ageing", v),
  },
  repeated: ["vni"],
  kernels: { ttl: 0, ageing: 300 },
  immutable: ["vni", "dstport"],
  resizes: ["dev"],
  replaceOn: (want, old) => [
    // An endpoint keeps the family that it was made for, and cannot be taken away again.
    ...(["local", "remote"] as const).filter((key) => old[key] && (want[key] === undefined || family(want[key]) !== family(old[key]))),
  ],
  rules: (want) =>
    want.local && want.remote && family(want.local) !== family(want.remote)
      ? [{ property: "remote", reason: `${want.remote} and local ${want.local} are not of one family` }]
      : [],
  // Inner Ethernet 14, VXLAN 8, UDP 8, and the outer IP header.
  link: ({ linkNetns, dstport: port, vni: key, local, remote, dev, learning }) => ({
    tunnel: { netns: linkNetns ?? "", type: "vxlan", protocol: "udp", port, key, ...(local && { local }), ...(remote && { remote }), ...(dev && { dev }), overhead: { 4: 14 + 8 + 8 + 20, 6: 14 + 8 + 8 + 40 }, carries: "ethernet", fragments: true, learning, anyEnd: true },
  }),
  read: (data) => ({
    vni: data.id,
    local: data.local ?? data.local6,
    remote: data.remote ?? data.remote6,
    dev: data.link,
    dstport: data.port,
    learning: data.learning,
    ttl: data.ttl || undefined,
    ageing: data.ageing,
  }),
});
