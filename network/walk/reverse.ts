import type { Link, Namespace } from "../network.js";
import { placeName, unsure, type At, type Context } from "./context.js";
import { alive, lookup, type Query } from "./route.js";
import { rpFilter } from "./sysctl.js";

/** Why a link does not take what comes from an address: answers would not leave by it (rp_filter, fib_validate_source); nothing where it does. */
export function backWay(c: Context, at: At, ns: Namespace, link: Link, source: string, mark = 0): { reason: string; by: ({ by?: string } | undefined)[] } | undefined {
  if (link.kind === "loopback" || source.includes(":")) return undefined;
  const query: Query = { protocol: "icmp", dst: source, mark };
  const back = lookup(c, ns, query);
  const found = back.is === "found" && back.route.type === "unicast" ? back : undefined;
  if (found && alive(ns, found.route).some((hop) => hop.dev === link.name)) return undefined;
  const filter = rpFilter(ns, link);
  if (filter?.mode === 0) return undefined;
  const somehow = found !== undefined && ns.addresses.some((a) => a.dev === link.name);
  if (filter?.mode === 2 && somehow) return undefined;
  if (!filter) unsure(at, `${link.name} in ${placeName(at)} gets packets from ${source}, to which answers would leave ${found ? `by ${found.hop.dev}` : "nowhere"}, and how strictly it looks at that (rp_filter) is not known`, [link], `declare a Sysctl net.ipv4.conf.${link.name}.rp_filter there`);
  return { reason: `${link.name} in ${placeName(at)} drops packets from ${source}, because answers would ${found ? `leave by ${found.hop.dev}` : "have no route"} (rp_filter is ${filter.mode})`, by: [filter.by, link, found?.route] };
}
