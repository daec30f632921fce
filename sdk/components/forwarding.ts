import type { Host } from "../host.js";
import { Sysctl } from "../sysctl.js";

/** The setting that makes a host forward packets of a family. */
const KEYS = { 4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding" };

const made = new WeakMap<Host, Map<4 | 6, Sysctl>>();

/**
 * Makes a host forward packets of a family, once for all components that need it; the resource is a child of the host.
 *
 * Equivalent to: `sysctl -w net.ipv4.ip_forward=1`, `sysctl -w net.ipv6.conf.all.forwarding=1`. With the latter the kernel drops
 * default routes that came by router advertisements, unless `net.ipv6.conf.UPLINK.accept_ra` is 2.
 */
export function forwarding(host: Host, family: 4 | 6): Sysctl {
  const known = made.get(host) ?? new Map<4 | 6, Sysctl>();
  made.set(host, known);
  const setting = known.get(family) ?? new Sysctl(`${host.logicalName}-forwarding${family === 6 ? "6" : ""}`, { host, key: KEYS[family], value: 1 }, { parent: host });
  known.set(family, setting);
  return setting;
}
