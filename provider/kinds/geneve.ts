import { z } from "zod";
import { family, ip } from "../fields.js";
import { hex, opt } from "../iproute2.js";
import { defineLink, underlayShape } from "./link-kind.js";
import { etherShape } from "./link.js";

export const geneveShape = {
  ...etherShape,
  /** Virtual network identifier, 0 to 16777215 (RFC 8926); iproute2 says `id`, which in Pulumi is the resource's own. Cannot change in place. */
  vni: z.number().int().min(0).max(16_777_215),
  /** IPv4 or IPv6 address of the other end. An address of the other family replaces the link. */
  remote: ip,
  /** UDP port of the outer packets. Default: 6081 (RFC 8926, IANA). Cannot change in place. */
  dstport: z.number().int().min(1).max(65_535).default(6081),
  ...underlayShape,
  /** Time to live of the outer packets, 1 to 255. Default: the kernel's own choice. */
  ttl: z.number().int().min(1).max(255).optional(),
  /** TOS byte of the outer packets, 0 to 255; 1 is that of the packet inside (iproute2's `inherit`). Default: the kernel's 0. */
  tos: z.number().int().min(0).max(255).optional(),
  /** Whether routers may break up the outer IPv4 packets: `unset` they may, `set` they may not, `inherit` as the packet inside says. Default: unset, as in the kernel. */
  df: z.enum(["unset", "set", "inherit"]).default("unset"),
};

export const geneve = defineLink({
  name: "Geneve",
  type: "geneve",
  shape: geneveShape,
  words: {
    vni: (v) => opt("id", v),
    remote: (v) => opt("remote", v),
    dstport: (v) => opt("dstport", v),
    ttl: (v) => opt("ttl", v),
    tos: (v) => opt("tos", hex(v)),
    df: (v) => opt("df", v),
  },
  repeated: ["vni"],
  kernels: { ttl: 0, tos: 0 },
  immutable: ["vni", "dstport"],
  resizes: ["remote", "ttl", "tos", "df"],
  replaceOn: (want, old) => (old.remote !== undefined && family(want.remote) !== family(old.remote) ? ["remote"] : []),
  place: (want) => `${want.vni} ${want.remote} ${want.dstport}`,
  collides: "Another geneve link of this host has the same `vni`, `remote` and `dstport`, which no two can have: `ip -d link show type geneve` lists them",
  // Inner Ethernet 14, Geneve 8, UDP 8, and the outer IP header.
  link: ({ linkNetns, dstport: port, vni: key, remote, df }) => ({
    tunnel: { netns: linkNetns ?? "", type: "geneve", protocol: "udp", port, key, remote, overhead: { 4: 14 + 8 + 8 + 20, 6: 14 + 8 + 8 + 40 }, carries: "ethernet", fragments: df === "unset", learning: false, anyEnd: false },
  }),
  read: (data) => ({
    vni: data.id,
    remote: data.remote ?? data.remote6,
    dstport: data.port,
    ttl: data.ttl || undefined,
    tos: data.tos === undefined ? undefined : Number(data.tos),
    df: data.df,
  }),
});
