import { z } from "zod";
import { defineLink, upperShape } from "./link-kind.js";
import { linkShape } from "./link.js";

export const ipvlanShape = {
  ...linkShape,
  ...upperShape,
  /** How packets find it: `l2` as on a switch, `l3` by the routes of its own namespace, `l3s` likewise and seen by the host's firewall. Default: l3, as in the kernel, which keeps one mode for all ipvlans of a `link`: declare them alike. */
  mode: z.enum(["l2", "l3", "l3s"]).default("l3"),
  /** Whom it can talk to on the same `link`: `bridge` all others, `private` nobody, `vepa` those that the switch sends its packets back to. Default: bridge, as in the kernel, which keeps one for all ipvlans of a `link`. */
  isolation: z.enum(["bridge", "private", "vepa"]).default("bridge"),
};

export const ipvlan = defineLink({
  name: "Ipvlan",
  type: "ipvlan",
  shape: ipvlanShape,
  words: {
    mode: (v) => ["mode", v],
    isolation: (v) => [v],
  },
  collides: "The `link` is taken by something that has it for itself, such as a bridge or a macvlan",
  read: (data, _want, link) => ({ link: link.link, mode: data.mode, isolation: data.private ? "private" : data.vepa ? "vepa" : "bridge" }),
});
