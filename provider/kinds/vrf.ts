import { z } from "zod";
import { opt } from "../iproute2.js";
import { defineLink } from "./link-kind.js";
import { etherShape } from "./link.js";

export const vrfShape = {
  ...etherShape,
  /** Number of the routing table that its ports have for themselves. Cannot change in place. */
  table: z.number().int().min(1).max(4_294_967_295),
};

export const vrf = defineLink({
  name: "Vrf",
  type: "vrf",
  shape: vrfShape,
  words: { table: (v) => opt("table", v) },
  immutable: ["table"],
  read: (data) => ({ table: data.table }),
});
