import { z } from "zod";
import { mtu } from "../fields.js";
import type { Shape } from "../kind.js";
import { defineLink, upperShape } from "./link-kind.js";
import { etherShape } from "./link.js";

export const macvlanShape = {
  ...etherShape,
  /** MTU in bytes, at most that of `link`. Default: that of `link`. */
  mtu: mtu.optional(),
  ...upperShape,
  /** Whom it can talk to on the same `link`: `bridge` all others, `private` nobody, `vepa` those that the switch sends its frames back to, `passthru` it alone has the link, and its MAC address. Default: bridge, what containers on one host need; the kernel's own is vepa. Only to or from passthru it cannot change in place. */
  mode: z.enum(["bridge", "private", "vepa", "passthru"]).default("bridge"),
};

/** A link that has a MAC address of its own on another link. */
export function defineMacvlan<const S extends Shape>(name: string, type: string, shape: S, kernels = {}) {
  return defineLink<S>({
    name,
    type,
    shape,
    words: { mode: (v: string) => ["mode", v] } as never,
    kernels: kernels as never,
    sharesMac: ({ mode }: any) => mode === "passthru",
    takesOver: ({ mode }: any) => mode === "passthru",
    rules: ({ mode, mac }: any) => (mode === "passthru" && mac ? [{ property: "mac", reason: "with `mode: passthru` it is that of `link`: change it there" }] : []),
    replaceOn: (want: any, old: any) => (old.mode !== undefined && (want.mode === "passthru") !== (old.mode === "passthru") ? ["mode"] : []),
    place: (want: any) => `${want.link} ${want.mac}`,
    collides: "Another link on the same `link` has this MAC address, or has the `link` for itself (passthru, a bridge, an ipvlan)",
    link: ({ link, linkNetns, mode }: any) => ({ lower: { netns: linkNetns ?? "", name: link, mode } }),
    read: (data, _want, link) => ({ link: link.link, mode: data.mode }),
  });
}

export const macvlan = defineMacvlan("Macvlan", "macvlan", macvlanShape);
