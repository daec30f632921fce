import { z } from "zod";
import { family, ifname, ip as ipField, mtu, netnsName, prefix } from "../fields.js";
import { flag, ip, opt, rows } from "../iproute2.js";
import { defineKind, type Want } from "../kind.js";
import { onHost } from "../risk.js";
import { hasUnknown, unknownValue } from "../unknown.js";

/** The main routing table (linux/rtnetlink.h, RT_TABLE_MAIN). */
const MAIN = 254;
/** The metric that IPv6 gives a route without one (linux/ipv6_route.h, IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;

export const routeShape = {
  /** Destination: a prefix such as 172.246.0.0/24 or fd00:246::/64, or `default`. */
  dst: prefix,
  /** Address of the next hop. Default: none, the destination is on the link. */
  via: ipField.optional(),
  /** The link that packets leave by. Default: the one that reaches `via`. */
  dev: ifname.optional(),
  /** Network namespace that holds the route. Default: the host's own. */
  netns: netnsName.optional(),
  /** Take the next hop as reachable on `dev` even though no address there says so. Default: false. */
  onlink: z.boolean().default(false),
  /** Source address that the host prefers for packets of its own. Default: the kernel's choice. */
  src: ipField.optional(),
  /** Preference among routes to one destination, the lowest first. Default: 0 for IPv4, 1024 for IPv6. */
  metric: z.number().int().min(0).max(4_294_967_295).optional(),
  /** Number of the routing table. Default: 254, main. */
  table: z.number().int().min(1).max(4_294_967_295).default(MAIN),
  /** `unicast`, or what drops the packets: `blackhole` in silence, `unreachable` and `prohibit` with an ICMP answer. Default: unicast. */
  type: z.enum(["unicast", "blackhole", "unreachable", "prohibit"]).default("unicast"),
  /** Who the route says that it came from (ip-route(8)). Default: static. */
  protocol: z.string().regex(/^([a-z]\w*|[0-9]{1,3})$/, "is a word or number of rtprotos").transform((v) => (/^\d/.test(v) ? String(Number(v)) : v)).default("static"),
  /** MTU of the path, in bytes. Default: the link's. */
  mtu: mtu.optional(),
};

type Wanted = Want<typeof routeShape>;

/** What `ip -N` prints for the types (linux/rtnetlink.h, RTN_UNICAST and so on). */
const types: Record<string, Wanted["type"]> = { 1: "unicast", 6: "blackhole", 7: "unreachable", 8: "prohibit" };
/** Which numbers have words for a protocol is a matter of the host's own /etc/iproute2: a number is compared as a number. */
const numeric = (want: Wanted) => flag("-N", /^\d/.test(want.protocol));

/** Protocols of the routes that the kernel makes itself, with their numbers: redirect, kernel, ra. IPv6 keeps them beside others of one metric. */
const kernelsOwn = ["redirect", "kernel", "ra", "1", "2", "9"];

interface Hop {
  via?: string;
  dev?: string;
}

const isDefault = (dst: string) => dst === "0.0.0.0/0" || dst === "::/0";
const target = (want: Wanted) => [`-${family(want.dst)}`, "route"] as const;
const tableOf = (want: Wanted) => opt("table", want.table === MAIN ? undefined : want.table);
const metricOf = (want: Wanted) => want.metric ?? (family(want.dst) === 6 ? IPV6_METRIC : 0);

function write(verb: "add" | "replace", want: Wanted) {
  const [f, object] = target(want);
  return ip(want.netns, f, object, verb, ...(want.type === "unicast" ? [] : [want.type]), want.dst, ...opt("via", want.via), ...opt("dev", want.dev), ...opt("src", want.src), ...opt("metric", want.metric), ...tableOf(want), "proto", want.protocol, ...opt("mtu", want.mtu), ...flag("onlink", want.onlink));
}

/** All of IPv4 or all of IPv6, after the family of the addresses that the route names. */
function defaultRoute(address = "0.0.0.0"): string {
  if (hasUnknown(address)) return unknownValue;
  return family(address) === 6 ? "::/0" : "0.0.0.0/0";
}

export const route = defineKind({
  name: "Route",
  shape: routeShape,
  outputs: [],
  identity: ["dst", "metric", "table", "netns"],
  immutable: ["type"],
  refs: ["dev", "netns"],
  beside: ["dst", "metric", "table"],
  complete: (given) => {
    const want = given.dst === "default" ? { ...given, dst: defaultRoute(given.via ?? given.src) } : given;
    // One route, one way to say it: the kernel's own metric is no other than none.
    return want.metric === 0 || want.metric === metricOf({ ...want, metric: undefined }) ? { ...want, metric: undefined } : want;
  },
  rules: (want) => {
    const problems = [];
    const of = family(want.dst);
    for (const property of ["via", "src"] as const) {
      const value = want[property];
      if (value && want.dst !== "default" && family(value) !== of) problems.push({ property, reason: `${value} is not IPv${of}, as dst ${want.dst} is` });
    }
    if (want.onlink && !(want.via && want.dev)) problems.push({ property: "onlink", reason: "needs both `via` and `dev`" });
    if (want.type === "unicast" && !want.via && !want.dev) problems.push({ property: "via", reason: "a unicast route needs `via`, `dev` or both" });
    for (const property of ["via", "dev"] as const) {
      if (want.type !== "unicast" && want[property]) problems.push({ property, reason: `a ${want.type} route has no next hop` });
    }
    return problems;
  },
  objects: (want) => [`route ${want.netns ?? ""} ${want.table} ${want.dst} ${metricOf(want)}`],
  touches: (want) => onHost(want.netns, { what: "route", dst: want.dst }),
  show: (want) => {
    const [f, object] = target(want);
    return [ip(want.netns, "-j", "-d", ...numeric(want), f, object, "show", ...(isDefault(want.dst) ? ["default"] : [want.dst]), ...tableOf(want))];
  },
  parse: ([shown], want) => {
    const same = rows(shown).filter((row) => (row.metric ?? 0) === metricOf(want) && row.tos === undefined);
    const candidates = same.filter((row) => family(want.dst) === 4 || row.protocol === want.protocol || !kernelsOwn.includes(row.protocol));
    const found = candidates.find((row) => row.gateway === want.via && (want.dev === undefined || row.dev === want.dev)) ?? candidates[0];
    if (!found) return same[0] && { conflict: `the kernel has one of its own (proto ${same[0].protocol}) with the metric ${metricOf(want)}: give this one another metric` };
    // IPv6 shows what was appended to a route as further next hops of it.
    const hops = family(want.dst) === 6 && found.nexthops ? { hops: (found.nexthops as Record<string, any>[]).map((hop) => ({ via: hop.gateway, dev: hop.dev })) } : {};
    return {
      ...hops,
      dst: want.dst,
      via: found.gateway,
      dev: found.dev,
      src: found.prefsrc,
      onlink: (found.flags as string[]).includes("onlink"),
      metric: want.metric,
      table: want.table,
      type: types[found.type] ?? found.type,
      protocol: found.protocol,
      mtu: found.metrics?.[0]?.mtu,
    };
  },
  add: (want) => [write("add", want)],
  set: (want) => [write("replace", want)],
  del: (want, observed) => {
    const [f, object] = target(want);
    // Without metric and next hop, IPv6 deletes the first route to the destination, such as one of a router's advertisement.
    const hops: Hop[] = family(want.dst) === 4 ? [{}] : ((observed.hops as Hop[] | undefined) ?? [observed]);
    return hops.map(({ via, dev }) => ip(want.netns, f, object, "del", want.dst, ...opt("via", via), ...opt("dev", dev), ...opt("metric", metricOf(want) || undefined), ...tableOf(want)));
  },
});
