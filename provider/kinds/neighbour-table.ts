import { ifname, netnsName } from "../fields.js";
import { ip, opt, rows } from "../iproute2.js";
import { defineKind } from "../kind.js";

export const neighbourTableShape = {
  /** Network namespace whose table it is. Default: the host's own. */
  netns: netnsName.optional(),
  /** The link whose neighbours are shown. Default: all links. */
  dev: ifname.optional(),
};

export const neighbourTable = defineKind({
  name: "NeighbourTable",
  shape: neighbourTableShape,
  outputs: ["entries"],
  identity: ["netns", "dev"],
  refs: ["netns", "dev"],
  borrowed: true,
  objects: (want) => [`neighbours ${want.netns ?? ""} ${want.dev ?? ""}`],
  show: (want) => [ip(want.netns, "-j", "neigh", "show", ...opt("dev", want.dev))],
  parse: ([shown], want) => {
    if (shown === undefined) return undefined;
    const entries = rows(shown).map(({ dst, dev = want.dev, lladdr, state }) => ({ dst, dev, ...(lladdr && { lladdr }), state: (state as string[]).join(" ").toLowerCase() }));
    return { ...want, entries: entries.sort((a, b) => (`${a.dev} ${a.dst}` < `${b.dev} ${b.dst}` ? -1 : 1)) };
  },
  add: () => [],
  set: () => [],
  del: () => [],
});
