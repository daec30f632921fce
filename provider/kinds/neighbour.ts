import { family, ifname, ip as ipField, mac, netnsName } from "../fields.js";
import { ip, rows } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { onHost } from "../risk.js";

export const neighbourShape = {
  /** IPv4 or IPv6 address of the neighbour. */
  dst: ipField,
  /** Its MAC address. */
  lladdr: mac,
  /** The link that it is reached by. */
  dev: ifname,
  /** Network namespace that holds the link. Default: the host's own. */
  netns: netnsName.optional(),
};

export const neighbour = defineKind({
  name: "Neighbour",
  shape: neighbourShape,
  outputs: [],
  identity: ["dst", "dev", "netns"],
  refs: ["dev", "netns"],
  beside: ["dst"],
  objects: (want) => [`neighbour ${want.netns ?? ""} ${want.dev} ${want.dst}`],
  touches: (want) => onHost(want.netns, { what: "neighbour", dst: want.dst, link: want.dev }),
  network: ({ netns, dst, lladdr, dev }) => [{ is: "neighbour", netns, dst, lladdr, dev }],
  show: (want) => [ip(want.netns, "-j", `-${family(want.dst)}`, "neigh", "show", "to", want.dst, "dev", want.dev)],
  // What the kernel resolved by itself is a cache that comes and goes; only a permanent entry is an object.
  parse: ([shown], want) => {
    const row = rows(shown).find((r) => r.dst === want.dst && (r.state as string[]).includes("PERMANENT"));
    return row && { dst: want.dst, dev: want.dev, lladdr: row.lladdr };
  },
  add: (want) => [replace(want)],
  set: (want) => [replace(want)],
  del: (want) => [ip(want.netns, "neigh", "del", want.dst, "dev", want.dev)],
});

const replace = (want: { dst: string; lladdr: string; dev: string; netns?: string | undefined }) => ip(want.netns, "neigh", "replace", want.dst, "lladdr", want.lladdr, "dev", want.dev, "nud", "permanent");
