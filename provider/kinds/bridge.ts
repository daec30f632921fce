import { z } from "zod";
import { opt } from "../iproute2.js";
import { defineLink } from "./link-kind.js";
import { etherShape, ethernetMtu } from "./link.js";

/** The kernel counts a bridge's times in hundredths of a second (USER_HZ). */
const HZ = 100;

export const bridgeShape = {
  ...etherShape,
  /** MTU in bytes. Default: 1500. */
  mtu: ethernetMtu,
  /** Spanning tree protocol. Default: false, as in the kernel. */
  stp: z.boolean().default(false),
  /** Seconds that a port listens and then learns before it forwards; 2 to 30 with STP, also 0 without. Default: the kernel's 15, of which nothing is seen while STP is off. */
  forwardDelay: z.number().min(0).max(30).optional(),
  /** Seconds after which an unused entry of the forwarding database goes. Default: the kernel's 300. */
  ageingTime: z.number().min(0).max(1_000_000).optional(),
  /** Bridge priority in the spanning tree, 0 to 65535. Default: the kernel's 32768. */
  priority: z.number().int().min(0).max(65535).optional(),
  /** Whether ports are filtered by VLAN. Default: false. */
  vlanFiltering: z.boolean().default(false),
  /** Multicast snooping (IGMP, MLD). Default: true, as in the kernel. */
  mcastSnooping: z.boolean().default(true),
};

const bit = (v: boolean | undefined) => (v === undefined ? undefined : v ? 1 : 0);
const hundredths = (v: number | undefined) => (v === undefined ? undefined : Math.round(v * HZ));

export const bridge = defineLink({
  name: "Bridge",
  type: "bridge",
  shape: bridgeShape,
  words: {
    stp: (v) => opt("stp_state", bit(v)),
    forwardDelay: (v) => opt("forward_delay", hundredths(v)),
    ageingTime: (v) => opt("ageing_time", hundredths(v)),
    priority: (v) => opt("priority", v),
    vlanFiltering: (v) => opt("vlan_filtering", bit(v)),
    mcastSnooping: (v) => opt("mcast_snooping", bit(v)),
  },
  kernels: { forwardDelay: 15, ageingTime: 300, priority: 32_768 },
  unsaid: { vlanFiltering: false },
  rules: (want) =>
    want.stp && want.forwardDelay !== undefined && want.forwardDelay < 2
      ? [{ property: "forwardDelay", reason: `${want.forwardDelay} s is too short with stp: 2 to 30 (IEEE 802.1D)` }]
      : [],
  link: ({ vlanFiltering }) => ({ bridge: { vlanFiltering } }),
  read: (data) => ({
    stp: data.stp_state === 1,
    forwardDelay: data.forward_delay / HZ,
    ageingTime: data.ageing_time / HZ,
    priority: data.priority,
    vlanFiltering: data.vlan_filtering === 1,
    mcastSnooping: data.mcast_snooping === 1,
  }),
});
