import { z } from "zod";
import { pick } from "../handlers.js";
import { bridge, onOff, opt } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { parseLink } from "./link.js";
import { join, port, portConflict, portShape } from "./port.js";

export const bridgePortShape = {
  ...portShape,
  /** Whether a frame may leave by the port that it came in by. Default: the kernel's false. */
  hairpin: z.boolean().optional(),
  /** Whether it may talk only to ports that are not isolated. Default: the kernel's false. */
  isolated: z.boolean().optional(),
  /** Whether MAC addresses are learned on it. Default: the kernel's true. */
  learning: z.boolean().optional(),
  /** Whether frames to unknown addresses are sent out by it. Default: the kernel's true. */
  flood: z.boolean().optional(),
  /** Whether the bridge answers ARP and neighbour solicitations for it. Default: the kernel's false. */
  neighSuppress: z.boolean().optional(),
  /** Path cost in the spanning tree. Default: by the link's speed. */
  cost: z.number().int().min(1).max(65_535).optional(),
  /** Port priority in the spanning tree, 0 to 63. Default: the kernel's 32. */
  priority: z.number().int().min(0).max(63).optional(),
};

const options: Record<string, (want: any) => string[]> = {
  hairpin: (w) => onOff("hairpin", w.hairpin),
  isolated: (w) => onOff("isolated", w.isolated),
  learning: (w) => onOff("learning", w.learning),
  flood: (w) => onOff("flood", w.flood),
  neighSuppress: (w) => onOff("neigh_suppress", w.neighSuppress),
  cost: (w) => opt("cost", w.cost),
  priority: (w) => opt("priority", w.priority),
};

/** What a port has from the kernel, and gets back when the program no longer says otherwise. */
const kernels = { hairpin: false, isolated: false, learning: true, flood: true, neighSuppress: false, priority: 32 };

function setPort(want: any, keys: readonly string[]) {
  const words = Object.keys(options).filter((k) => keys.includes(k)).flatMap((k) => options[k]!(want));
  return words.length ? [bridge(want.netns, "link", "set", "dev", want.dev, ...words)] : [];
}

export const bridgePort = defineKind({
  ...port(bridgePortShape),
  name: "BridgePort",
  // What a port costs by itself is by the speed of its link: only a new port has that.
  replaceOn: (want, old) => (old.cost !== undefined && want.cost === undefined ? ["cost"] : []),
  network: ({ netns, dev, master, hairpin = false, isolated = false, learning = true, flood = true }) => [{ is: "port", netns, dev, master, hairpin, isolated, learning, flood }],
  parse: ([shown]) => {
    const link = parseLink(shown);
    if (!link?.master) return undefined;
    const { port } = link;
    return {
      ...portConflict(link, "bridge"),
      dev: link.name,
      master: link.master,
      hairpin: port.hairpin,
      isolated: port.isolated,
      learning: port.learning,
      flood: port.flood,
      neighSuppress: port.neigh_suppress,
      cost: port.cost,
      priority: port.priority,
    };
  },
  add: (want) => [join(want), ...setPort(want, Object.keys(options))],
  set: (want, changed) => [
    ...(changed.includes("master") ? [join(want)] : []),
    // A port that joins another bridge starts from the kernel's defaults.
    ...(changed.includes("master") ? setPort(want, Object.keys(options)) : setPort({ ...kernels, ...pick(want, Object.keys(want)) }, changed)),
  ],
});
