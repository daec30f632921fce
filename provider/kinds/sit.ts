import { linkShape } from "./link.js";
import { defineTunnel4, tunnel4Shape } from "./tunnel.js";

export const sitShape = {
  ...linkShape,
  ...tunnel4Shape,
};

export const sit = defineTunnel4({ name: "Sit", type: "sit", shape: sitShape, wraps: { protocol: "ipv6", carries: [6] }, fallback: "sit0" });
