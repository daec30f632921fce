import { linkShape } from "./link.js";
import { defineTunnel4, tunnel4Shape } from "./tunnel.js";

export const ipipShape = {
  ...linkShape,
  ...tunnel4Shape,
};

export const ipip = defineTunnel4({ name: "Ipip", type: "ipip", shape: ipipShape, wraps: { protocol: "ipencap", carries: [4] }, fallback: "tunl0" });
