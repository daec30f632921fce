import type { Link, Namespace, Setting } from "../network.js";
import { placeName, unsure, type At } from "./context.js";

/** Whether packets of a family that come in by a link are forwarded. */
export function forwarding(ns: Namespace, at: At, family: 4 | 6, link: Link): { on: boolean; by: Setting } {
  const { sysctls } = ns;
  const all = family === 4 ? (sysctls["net/ipv4/ip_forward"] ?? sysctls["net/ipv4/conf/all/forwarding"]) : sysctls["net/ipv6/conf/all/forwarding"];
  const found = sysctls[`net/ipv${family}/conf/${link.name}/forwarding`] ?? all;
  if (found) return { on: Number(found.value) > 0, by: found };
  return unsure(at, `whether ${placeName(at)} forwards IPv${family} is not known`, [], `declare a Sysctl ${family === 4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding"} there`);
}

/** How strictly a link looks at whether answers would leave by it: 0 not at all, 1 by it, 2 by any link. Of its own setting and that for all, the higher counts; undefined where that is not known. */
export function rpFilter({ sysctls }: Namespace, link: Link): { mode: number; by: Setting } | undefined {
  const own = sysctls[`net/ipv4/conf/${link.name}/rp_filter`] ?? sysctls["net/ipv4/conf/default/rp_filter"];
  const all = sysctls["net/ipv4/conf/all/rp_filter"];
  if (!own || !all) return undefined;
  const by = Number(own.value) >= Number(all.value) ? own : all;
  return { mode: Number(by.value), by };
}

/** A setting that is on only where somebody says so. */
export function isOn(ns: Namespace, path: string): boolean {
  return Number(ns.sysctls[path]?.value ?? 0) > 0;
}
