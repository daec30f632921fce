import { z } from "zod";
import { linkShape } from "./link.js";
import { defineTunnel6, tunnel6Shape } from "./tunnel.js";

export const ip6tnlShape = {
  ...linkShape,
  ...tunnel6Shape,
  /** What it carries: `ipip6` IPv4, `ip6ip6` IPv6, `any` both. Default: any. */
  mode: z.enum(["any", "ipip6", "ip6ip6"]).default("any"),
};

export const ip6tnl = defineTunnel6({
  name: "Ip6Tnl",
  type: "ip6tnl",
  shape: ip6tnlShape,
  wraps: { protocol: "ipencap", carries: [4, 6] },
  fallback: "ip6tnl0",
  mode: { mode: (v) => ["mode", v] },
  readMode: (data) => ({ mode: data.proto }),
});
