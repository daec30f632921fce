import { defineLink } from "./link-kind.js";
import { etherShape, ethernetMtu } from "./link.js";

export const dummyShape = {
  ...etherShape,
  /** MTU in bytes. Default: 1500. */
  mtu: ethernetMtu,
};

export const dummy = defineLink({ name: "Dummy", type: "dummy", shape: dummyShape, words: {}, link: () => ({}), read: () => ({}) });
