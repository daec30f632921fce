import { etherShape } from "./link.js";
import { defineTunnel6, greShape, tunnel6Shape } from "./tunnel.js";

export const ip6gretapShape = {
  ...etherShape,
  ...tunnel6Shape,
  ...greShape,
};

/** When it changes, the kernel looks for its ends also among ip6gre tunnels (net/ipv6/ip6_gre.c, ip6gre_tunnel_locate; seen on 6.1). */
export const ip6gretap = defineTunnel6({ name: "Ip6Gretap", type: "ip6gretap", shape: ip6gretapShape, wraps: { protocol: "gre", carries: "ethernet" }, fallback: "ip6gretap0", rivals: "ip6gretap or ip6gre" });
