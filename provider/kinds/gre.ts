import { linkShape } from "./link.js";
import { defineTunnel4, greShape, tunnel4Shape } from "./tunnel.js";

export const ipGreShape = {
  ...linkShape,
  ...tunnel4Shape,
  ...greShape,
};

export const gre = defineTunnel4({ name: "Gre", type: "gre", shape: ipGreShape, wraps: { protocol: "gre", carries: [4, 6] }, fallback: "gre0" });
