import { z } from "zod";
import { pick } from "../handlers.js";
import { ip, opt } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { defaultMac, ethernetMtu, linkConflict, linkKey, linkShape, parseLink, setLink, showLink } from "./link.js";

/** The kernel counts a bridge's times in hundredths of a second (USER_HZ). */
const HZ = 100;

export const bridgeShape = {
  ...linkShape,
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

/** How each property of the shape is said after `type bridge`. */
const options: Record<string, (want: any) => string[]> = {
  stp: (w) => opt("stp_state", bit(w.stp)),
  forwardDelay: (w) => opt("forward_delay", w.forwardDelay === undefined ? undefined : Math.round(w.forwardDelay * HZ)),
  ageingTime: (w) => opt("ageing_time", w.ageingTime === undefined ? undefined : Math.round(w.ageingTime * HZ)),
  priority: (w) => opt("priority", w.priority),
  vlanFiltering: (w) => opt("vlan_filtering", bit(w.vlanFiltering)),
  mcastSnooping: (w) => opt("mcast_snooping", bit(w.mcastSnooping)),
};

/** What a bridge has from the kernel, and gets back when the program no longer says otherwise. */
const kernels = { forwardDelay: 15, ageingTime: 300, priority: 32_768 };

export const bridge = defineKind({
  name: "Bridge",
  shape: bridgeShape,
  outputs: ["ifindex"],
  carries: true,
  identity: ["name", "netns"],
  refs: ["netns"],
  linkKind: "bridge",
  rules: (want) =>
    want.stp && want.forwardDelay !== undefined && want.forwardDelay < 2
      ? [{ property: "forwardDelay", reason: `${want.forwardDelay} s is too short with stp: 2 to 30 (IEEE 802.1D)` }]
      : [],
  complete: (want, seed) => ({ ...want, mac: defaultMac(want.mac, seed, want.netns, want.name) }),
  objects: (want) => [linkKey(want.netns, want.name)],
  show: (want) => [showLink(want.netns, want.name)],
  parse: ([shown]) => {
    const link = parseLink(shown);
    if (!link) return undefined;
    const { data } = link;
    return {
      ...linkConflict(link, "bridge"),
      name: link.name,
      mac: link.mac,
      mtu: link.mtu,
      up: link.up,
      ifindex: link.ifindex,
      stp: data.stp_state === 1,
      forwardDelay: data.forward_delay / HZ,
      ageingTime: data.ageing_time / HZ,
      priority: data.priority,
      vlanFiltering: data.vlan_filtering === 1,
      mcastSnooping: data.mcast_snooping === 1,
    };
  },
  add: (want) => [
    ip(want.netns, "link", "add", "name", want.name, ...opt("address", want.mac), "mtu", want.mtu, want.up ? "up" : undefined, "type", "bridge", ...Object.values(options).flatMap((o) => o(want))),
  ],
  set: (want, changed) => {
    const words = Object.keys(options).filter((k) => changed.includes(k)).flatMap((k) => options[k]!({ ...kernels, ...pick(want, Object.keys(want)) }));
    return [...setLink(want.netns, want.name, want, changed), ...(words.length ? [ip(want.netns, "link", "set", "dev", want.name, "type", "bridge", ...words)] : [])];
  },
  del: (want) => [ip(want.netns, "link", "del", "dev", want.name)],
});
