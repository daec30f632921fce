import { family } from "../fields.js";
import { flag, ip, opt, rows } from "../iproute2.js";
import type { Argv } from "../kind.js";

type Row = ReturnType<typeof rows>[number];

/** What shows all that a link has as an end of IP: links with addresses, routes of both families, permanent neighbours. */
export const showLayer3: Argv[] = [
  ["ip", "-j", "-d", "addr", "show"],
  ["ip", "-j", "-d", "-4", "route", "show", "table", "all"],
  ["ip", "-j", "-d", "-6", "route", "show", "table", "all"],
  ["ip", "-j", "neigh", "show", "nud", "permanent"],
];

/** What one link has as an end of IP, by family, as commands that take it away there and give it to another. */
export interface Move {
  v4: { take: Argv[]; give: Argv[] };
  v6: { take: Argv[]; give: Argv[] };
  /** What can be seen of it but not given to another. */
  strange: string[];
}

/** The kernel's word for a time without end (linux/if_addr.h, INFINITY_LIFE_TIME). */
const FOREVER = 4_294_967_295;

/** Of an address, what `ip addr add` takes as a word of its own, and what says nothing or is said otherwise. */
const addressFlags = ["noprefixroute", "mngtmpaddr", "nodad", "home", "autojoin"];
const addressRead = [...addressFlags, "family", "local", "prefixlen", "address", "broadcast", "scope", "label", "metric", "protocol", "valid_life_time", "preferred_life_time", "dynamic", "secondary", "deprecated", "tentative", "optimistic", "dadfailed"];
/** Of a route, what is a word and its value by another name or the same, and its metrics. */
const routeWords: Record<string, string> = { tos: "tos", table: "table", protocol: "proto", scope: "scope", prefsrc: "src", metric: "metric", pref: "pref" };
const routeMetrics = ["mtu", "advmss", "hoplimit", "initcwnd", "initrwnd", "window", "rtt", "rttvar", "ssthresh", "cwnd", "reordering", "quickack"];
const routeRead = [...Object.keys(routeWords), "type", "dst", "gateway", "via", "dev", "flags", "metrics", "nexthops", "expires", "cache", "uid"];

/** Kinds of tunnel that can be told in place by which link they send: what follows `ip link set dev NAME`. */
const tunnels: Record<string, (data: Row) => string[]> = {
  vxlan: (data) => ["type", "vxlan", "id", String(data.id)],
  ipip: () => ["type", "ipip"],
};
/** Kinds of link on another one that keep it from being a port of a bridge (they are its rx_handler). */
const exclusive = ["macvlan", "macvtap", "ipvlan", "ipvtap"];

/**
 * Adds IPv6 addresses that were the host's a moment ago, which need no look for others that have them: without that they could not
 * be used for a second. The setting is put back; the addresses keep the flags that they had.
 */
const WITHOUT_DAD = 'p=/proc/sys/net/ipv6/conf/$1/accept_dad; shift; was=$(cat "$p") && echo 0 >"$p" && { printf "%s\\n" "$@" | ip -batch -; rc=$?; echo "$was" >"$p"; exit $rc; }';

function address(row: Row, from: string, to: string): string[] {
  const lasting = (key: string, word: string) => (row[key] === undefined || row[key] === FOREVER ? [] : [word, String(row[key])]);
  // A label begins with the name of its link, and has 15 bytes as a link's name has.
  const label = row.label?.startsWith(`${from}:`) ? `${to}${row.label.slice(from.length)}`.slice(0, 15) : undefined;
  return [
    ...spelt(row),
    ...opt("broadcast", row.broadcast),
    ...opt("scope", row.scope),
    ...opt("label", label),
    ...opt("metric", row.metric),
    ...addressFlags.filter((f) => row[f]),
    ...lasting("valid_life_time", "valid_lft"),
    ...lasting("preferred_life_time", "preferred_lft"),
  ];
}

const spelt = (row: Row): string[] => (row.address ? [row.local, "peer", `${row.address}/${row.prefixlen}`] : [`${row.local}/${row.prefixlen}`]);

function route(row: Row, named: (dev: string) => string): string[] {
  const hop = (r: Row) => (r.gateway ? ["via", r.gateway as string] : r.via ? ["via", r.via.family as string, r.via.host as string] : []);
  const onlink = (r: Row) => flag("onlink", (r.flags as string[] | undefined)?.includes("onlink"));
  return [
    row.type,
    row.dst,
    ...hop(row),
    ...(row.dev ? ["dev", named(row.dev)] : []),
    ...Object.entries(routeWords).flatMap(([key, word]) => opt(word, row[key])),
    ...Object.entries((row.metrics as Row[] | undefined)?.[0] ?? {}).flatMap(([key, value]) => [key, String(value)]),
    ...opt("expires", row.expires),
    ...onlink(row),
    ...((row.nexthops as Row[] | undefined) ?? []).flatMap((h) => ["nexthop", ...hop(h), "dev", named(h.dev), "weight", String(h.weight ?? 1), ...onlink(h)]),
  ];
}

/** How all that a link has as an end of IP is moved to another link of the host, read from what `showLayer3` printed. Link-local addresses of IPv6 stay: each link has its own. */
export function moveLayer3(shown: readonly (string | undefined)[], from: string, to: string): Move {
  const [links, routes4, routes6, neighbours] = [0, 1, 2, 3].map((i) => rows(shown[i])) as [Row[], Row[], Row[], Row[]];
  const addresses = ((links.find((l) => l.ifname === from)?.addr_info ?? []) as Row[]).filter((a) => !a.temporary && !(a.family === "inet6" && a.scope === "link"));
  const [v4, v6] = ["inet", "inet6"].map((f) => addresses.filter((a) => a.family === f)) as [Row[], Row[]];
  v6.reverse(); // The kernel lists the newest first.
  const named = (dev: string) => (dev === from ? to : dev);
  const hops = (r: Row) => (r.nexthops as Row[] | undefined) ?? [];
  // What the kernel makes itself comes with the addresses. Routes on the link come before those by a gateway that they lead to.
  const leading = (all: Row[]) => all.filter((r) => r.table !== "local" && !["kernel", "redirect"].includes(r.protocol) && [r, ...hops(r)].some((h) => h.dev === from)).sort((a, b) => Number(!!a.gateway) - Number(!!b.gateway));
  const [lead4, lead6] = [leading(routes4), leading(routes6)];
  const kept = neighbours.filter((n) => n.dev === from);
  const upper = links.filter((l) => l.link === from || l.linkinfo?.info_data?.link === from);
  const strangers = (what: string, row: Row, known: readonly string[]) => {
    const unread = Object.keys(row).filter((key) => !known.includes(key));
    return unread.length > 0 ? [`${what} has ${unread.join(", ")}`] : [];
  };
  const give = (n: Row) => ip(undefined, "neigh", "replace", n.dst, "lladdr", n.lladdr, "dev", to, "nud", "permanent");
  const forget = (n: Row) => ip(undefined, "neigh", "del", n.dst, "dev", from);
  const [kept4, kept6] = [4, 6].map((f) => kept.filter((n) => family(n.dst) === f)) as [Row[], Row[]];
  return {
    v4: {
      take: [
        // The kernel would take them along with the last address.
        ...kept4.map(forget),
        // Secondary addresses before their primary.
        ...[...v4].reverse().map((a) => ip(undefined, "addr", "del", ...spelt(a), "dev", from)),
        // Routes go with the addresses, but for those that lead by other links as well.
        ...lead4.filter((r) => hops(r).some((h) => h.dev !== from)).map((r) => ip(undefined, "-4", "route", "del", ...route(r, (dev) => dev))),
      ],
      give: [
        ...v4.map((a) => ip(undefined, "addr", "add", ...address(a, from, to), "dev", to)),
        ...kept4.map(give),
        ...lead4.map((r) => ip(undefined, "-4", "route", "append", ...route(r, named))),
      ],
    },
    v6: {
      take: [
        ...lead6.map((r) => ip(undefined, "-6", "route", "del", ...route({ ...r, expires: undefined }, (dev) => dev))),
        ...kept6.map(forget),
        ...v6.map((a) => ip(undefined, "addr", "del", ...spelt(a), "dev", from)),
      ],
      give: [
        ...(v6.length > 0 ? [["sh", "-c", WITHOUT_DAD, "linuxnet", to, ...v6.map((a) => ["addr", "add", ...address(a, from, to), "dev", to].join(" "))]] : []),
        ...kept6.map(give),
        ...lead6.map((r) => ip(undefined, "-6", "route", "append", ...route(r, named))),
      ],
    },
    strange: [
      ...addresses.flatMap((a) => strangers(`the address ${a.local}`, a, addressRead)),
      ...[...lead4, ...lead6].flatMap((r) => [
        ...strangers(`the route to ${r.dst}`, r, routeRead),
        ...((r.metrics ?? []) as Row[]).flatMap((m) => strangers(`the route to ${r.dst}`, m, routeMetrics)),
      ]),
      ...upper.filter((l) => exclusive.includes(l.linkinfo?.info_kind)).map((l) => `the ${l.linkinfo.info_kind} ${l.ifname} is on it`),
    ],
  };
}

/** Tells the tunnels that send their packets by one link to do so by another. */
export function moveTunnels(shown: readonly (string | undefined)[], from: string, to: string): Argv[] {
  return rows(shown[0]).flatMap((l) => {
    const data = l.linkinfo?.info_data ?? {};
    const kind = (data.link ?? l.link) === from ? tunnels[l.linkinfo?.info_kind]?.(data) : undefined;
    return kind ? [ip(undefined, "link", "set", "dev", l.ifname, ...kind, "dev", to)] : [];
  });
}
