import { linkShape } from "./link.js";
import { defineTunnel6, greShape, tunnel6Shape } from "./tunnel.js";

export const ip6greShape = {
  ...linkShape,
  ...tunnel6Shape,
  ...greShape,
};

export const ip6gre = defineTunnel6({ name: "Ip6Gre", type: "ip6gre", shape: ip6greShape, wraps: { protocol: "gre", carries: [4, 6] }, fallback: "ip6gre0" });
