import { etherShape } from "./link.js";
import { defineTunnel4, greShape, tunnel4Shape } from "./tunnel.js";

export const gretapShape = {
  ...etherShape,
  ...tunnel4Shape,
  ...greShape,
};

export const gretap = defineTunnel4({ name: "Gretap", type: "gretap", shape: gretapShape, wraps: { protocol: "gre", carries: "ethernet" }, fallback: "gretap0" });
