import { z } from "zod";
import { family, ifname, ip as ipField, mtu, netnsName, prefix } from "../fields.js";
import { flag, hex, ip, opt, rows } from "../iproute2.js";
import { defineKind, type Problem, type Want } from "../kind.js";
import { onHost } from "../risk.js";
import { hasUnknown, unknownValue } from "../unknown.js";

/** The main routing table (linux/rtnetlink.h, RT_TABLE_MAIN). */
const MAIN = 254;
/** The metric that IPv6 gives a route without one (linux/ipv6_route.h, IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;

/** One of several ways to a destination, which share its packets. */
const nexthop = z.strictObject({
  /** Address of the next hop. Default: none, the destination is on the link; IPv6 needs it here. */
  via: ipField.optional(),
  /** The link that packets leave by. Default: the one that reaches `via`. */
  dev: ifname.optional(),
  /** Its share of the packets beside the others', 1 to 256. Default: 1. */
  weight: z.number().int().min(1).max(256).default(1),
  /** Take the next hop as reachable on `dev` even though no address there says so. Default: false. */
  onlink: z.boolean().default(false),
});

type Nexthop = z.output<typeof nexthop>;

export const routeShape = {
  /** Destination: a prefix such as 172.246.0.0/24 or fd00:246::/64, or `default`. */
  dst: prefix,
  /** Address of the next hop. Default: none, the destination is on the link. */
  via: ipField.optional(),
  /** The link that packets leave by. Default: the one that reaches `via`. */
  dev: ifname.optional(),
  /** Several next hops instead of `via`, `dev` and `onlink`; each takes `via`, `dev`, `weight` (its share, 1 to 256, default 1) and `onlink`. */
  nexthops: z.array(nexthop).min(1).optional(),
  /** Network namespace that holds the route. Default: the host's own. */
  netns: netnsName.optional(),
  /** Take the next hop as reachable on `dev` even though no address there says so. Default: false. */
  onlink: z.boolean().default(false),
  /** Source address that the host prefers for packets of its own. Default: the kernel's choice. */
  src: ipField.optional(),
  /** Preference among routes to one destination, the lowest first. Default: 0 for IPv4, 1024 for IPv6. */
  metric: z.number().int().min(0).max(4_294_967_295).optional(),
  /** IPv4: only for packets with this TOS byte, 0 to 255. Default: 0, for all that no other route says it of. */
  tos: z.number().int().min(0).max(255).optional(),
  /** IPv4: how far the destination is: `global`, `site`, `link` or `host`. Default: link for a route with `dev` alone, else global. */
  scope: z.enum(["global", "site", "link", "host"]).optional(),
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

/** Scopes by the number that `ip -N` prints (linux/rtnetlink.h, RT_SCOPE_UNIVERSE and so on). */
const scopes: Record<string, Wanted["scope"]> = { 0: "global", 200: "site", 253: "link", 254: "host" };

/** A next hop as iproute2 shows it. */
const hopOf = (shown: Record<string, any>): Nexthop => ({ via: shown.gateway, dev: shown.dev, weight: shown.weight ?? 1, onlink: (shown.flags as string[]).includes("onlink") });

/** The hops that are wanted in the words in which they are, where they are there, then all others. */
function asWanted(wanted: readonly Nexthop[], shown: Nexthop[]): Nexthop[] {
  const others = [...shown];
  const there = wanted.flatMap((want) => {
    const at = others.findIndex((hop) => hop.via === want.via && (want.dev === undefined || hop.dev === want.dev));
    const [hop] = at < 0 ? [] : others.splice(at, 1);
    return hop ? [{ ...want, weight: hop.weight, onlink: hop.onlink }] : [];
  });
  return [...there, ...others];
}

const isDefault = (dst: string) => dst === "0.0.0.0/0" || dst === "::/0";
const target = (want: Wanted) => [`-${family(want.dst)}`, "route"] as const;
const tableOf = (want: Wanted) => opt("table", want.table === MAIN ? undefined : want.table);
const tosOf = (want: Wanted) => opt("tos", hex(want.tos));
const metricOf = (want: Wanted) => want.metric ?? (family(want.dst) === 6 ? IPV6_METRIC : 0);

function write(verb: "add" | "replace", want: Wanted) {
  const [f, object] = target(want);
  return ip(want.netns, f, object, verb, ...(want.type === "unicast" ? [] : [want.type]), want.dst, ...tosOf(want), ...opt("via", want.via), ...opt("dev", want.dev), ...opt("src", want.src), ...opt("metric", want.metric), ...tableOf(want), "proto", want.protocol, ...opt("mtu", want.mtu), ...opt("scope", want.scope), ...flag("onlink", want.onlink), ...(want.nexthops ?? []).flatMap(saidHop));
}

const saidHop = (hop: Nexthop) => ["nexthop", ...opt("via", hop.via), ...opt("dev", hop.dev), ...(hop.weight === 1 ? [] : opt("weight", hop.weight)), ...flag("onlink", hop.onlink)];

/** All of IPv4 or all of IPv6, after the family of the addresses that the route names. */
function defaultRoute(address = "0.0.0.0"): string {
  if (hasUnknown(address)) return unknownValue;
  return family(address) === 6 ? "::/0" : "0.0.0.0/0";
}

export const route = defineKind({
  name: "Route",
  shape: routeShape,
  outputs: [],
  identity: ["dst", "tos", "metric", "table", "netns"],
  immutable: ["type"],
  refs: ["dev", "nexthops", "netns"],
  beside: ["dst", "tos", "metric", "table"],
  complete: (given) => {
    const { nexthops } = given;
    const first = given.via ?? (hasUnknown(nexthops) ? unknownValue : nexthops?.[0]?.via) ?? given.src;
    const want = { ...given, ...(given.dst === "default" && { dst: defaultRoute(first) }), tos: given.tos || undefined };
    // One route, one way to say it: the kernel's own metric is no other than none.
    return want.metric === 0 || want.metric === metricOf({ ...want, metric: undefined }) ? { ...want, metric: undefined } : want;
  },
  rules: (want) => {
    const problems: Problem[] = [];
    const say = (property: string, reason: string) => problems.push({ property, reason });
    const hops = (want.nexthops ?? []).map((hop, i) => ({ hop, at: `nexthops[${i}].` }));
    const of = want.dst === "default" ? family(want.via ?? want.nexthops?.[0]?.via ?? want.src ?? "") : family(want.dst);
    for (const [property, value] of [["via", want.via], ["src", want.src], ...hops.map(({ hop, at }) => [`${at}via`, hop.via])] as const) {
      if (value && family(value) !== of) say(property!, `${value} is not IPv${of}, as ${want.dst === "default" ? "the first next hop" : `dst ${want.dst}`} is`);
    }
    for (const { hop, at } of [{ hop: want, at: "" }, ...hops]) if (hop.onlink && !(hop.via && hop.dev)) say(`${at}onlink`, "needs both `via` and `dev`");
    if (want.type === "unicast" && !want.via && !want.dev && hops.length === 0) say("via", "a unicast route needs `via`, `dev` or both");
    for (const { hop, at } of hops) {
      if (!hop.via && (of === 6 || !hop.dev)) say(`${at}via`, of === 6 ? "is missing: IPv6 shares packets only among next hops that have an address" : "a next hop needs `via`, `dev` or both");
    }
    for (const property of ["via", "dev", "nexthops"] as const) {
      if (want.type !== "unicast" && want[property]) say(property, `a ${want.type} route has no next hop`);
    }
    for (const property of ["via", "dev", "onlink"] as const) if (want.nexthops && want[property]) say(property, "belongs into each of `nexthops` where there are several");
    for (const property of ["tos", "scope"] as const) if (want[property] !== undefined && of === 6) say(property, "IPv6 routes have none");
    return problems;
  },
  objects: (want) => [`route ${want.netns ?? ""} ${want.table} ${want.dst} ${metricOf(want)}${want.tos ? ` tos ${want.tos}` : ""}`],
  touches: (want) => onHost(want.netns, { what: "route", dst: want.dst }),
  network: (want) => {
    const { netns, dst, table, type, src, mtu, tos, via, dev, onlink } = want;
    const hops = want.nexthops ?? (type === "unicast" ? [{ via, dev, onlink }] : []);
    return [{ is: "route", netns, dst, table, type, metric: metricOf(want), hops, ...(src && { src }), ...(mtu && { mtu }), ...(tos && { tos }) }];
  },
  show: (want) => {
    const [f, object] = target(want);
    return [ip(want.netns, "-j", "-d", ...numeric(want), f, object, "show", ...(isDefault(want.dst) ? ["default"] : [want.dst]), ...tosOf(want), ...tableOf(want))];
  },
  parse: ([shown], want) => {
    const same = rows(shown).filter((row) => (row.metric ?? 0) === metricOf(want) && (want.tos !== undefined || row.tos === undefined));
    const candidates = same.filter((row) => family(want.dst) === 4 || row.protocol === want.protocol || !kernelsOwn.includes(row.protocol));
    const fits = (row: Record<string, any>) => (want.nexthops ? row.nexthops : row.gateway === want.via && (want.dev === undefined || row.dev === want.dev));
    const found = candidates.find(fits) ?? candidates[0];
    if (!found) return same[0] && { conflict: `the kernel has one of its own (proto ${same[0].protocol}) with the metric ${metricOf(want)}: give this one another metric` };
    // IPv6 shows what was appended to a route as further next hops of it.
    const all = ((found.nexthops ?? (found.gateway || found.dev ? [found] : [])) as Record<string, any>[]).map(hopOf);
    return {
      ...(family(want.dst) === 6 && found.nexthops && { hops: all.map(({ via, dev }) => ({ via, dev })) }),
      ...(want.nexthops && { nexthops: asWanted(want.nexthops, all) }),
      dst: want.dst,
      via: found.gateway,
      dev: found.dev,
      src: found.prefsrc,
      onlink: (found.flags as string[]).includes("onlink"),
      ...(want.tos && { tos: want.tos }),
      ...(want.scope && { scope: scopes[found.scope] ?? found.scope }),
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
    const hops: Pick<Nexthop, "via" | "dev">[] = family(want.dst) === 4 ? [{}] : ((observed.hops as Nexthop[] | undefined) ?? [observed]);
    return hops.map(({ via, dev }) => ip(want.netns, f, object, "del", want.dst, ...tosOf(want), ...opt("via", via), ...opt("dev", dev), ...opt("metric", metricOf(want) || undefined), ...tableOf(want)));
  },
});
