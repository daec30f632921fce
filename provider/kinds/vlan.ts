import { z } from "zod";
import { mac, mtu } from "../fields.js";
import { onOff, opt } from "../iproute2.js";
import { defineLink, upperShape } from "./link-kind.js";
import { linkShape } from "./link.js";

export const vlanShape = {
  ...linkShape,
  /** MTU in bytes, at most that of `link`. Default: that of `link`. */
  mtu: mtu.optional(),
  /** MAC address. Default: that of `link`, also when that changes. */
  mac: mac.optional(),
  ...upperShape,
  /** Number of the VLAN, 1 to 4094 (IEEE 802.1Q); iproute2 says `id`, which in Pulumi is the resource's own. Cannot change in place. */
  vlan: z.number().int().min(1).max(4094),
  /** Type of the tag: `802.1Q`, or `802.1ad` for the outer one of two. Default: 802.1Q. Cannot change in place. */
  protocol: z.enum(["802.1Q", "802.1ad"]).default("802.1Q"),
  /** Whether packet captures on the link see the frame without its tag. Default: true, as in the kernel. */
  reorderHdr: z.boolean().default(true),
  /** Whether it is up or down whatever `link` is. Default: false, as in the kernel: it follows. */
  looseBinding: z.boolean().default(false),
  /** Whether the VLAN is told to switches by GVRP. Default: false. */
  gvrp: z.boolean().default(false),
  /** Whether the VLAN is told to switches by MVRP. Default: false. */
  mvrp: z.boolean().default(false),
};

export const vlan = defineLink({
  name: "Vlan",
  type: "vlan",
  shape: vlanShape,
  sharesMac: () => true,
  words: {
    protocol: (v) => opt("protocol", v),
    vlan: (v) => opt("id", v),
    reorderHdr: (v) => onOff("reorder_hdr", v),
    looseBinding: (v) => onOff("loose_binding", v),
    gvrp: (v) => onOff("gvrp", v),
    mvrp: (v) => onOff("mvrp", v),
  },
  immutable: ["vlan", "protocol"],
  place: (want) => `${want.link} ${want.protocol} ${want.vlan}`,
  link: ({ link, linkNetns, vlan }) => ({ lower: { netns: linkNetns ?? "", name: link, vlan } }),
  read: (data, _want, link) => {
    const flags = (data.flags ?? []) as string[];
    return {
      link: link.link,
      vlan: data.id,
      protocol: data.protocol,
      reorderHdr: flags.includes("REORDER_HDR"),
      looseBinding: flags.includes("LOOSE_BINDING"),
      gvrp: flags.includes("GVRP"),
      mvrp: flags.includes("MVRP"),
    };
  },
});
