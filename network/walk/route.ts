import { family, network } from "../../provider/fields.js";
import { commonBits, inSubnet } from "../address.js";
import type { Address, Hop, Namespace, Route, Rule } from "../network.js";
import { DEFAULT, LOCAL, MAIN } from "../tables.js";
import type { Context } from "./context.js";
import { protocolNumber } from "./protocol.js";

/** The metric of the routes that the kernel makes for the addresses of IPv6 (linux/ipv6_route.h, IP6_RT_PRIO_ADDRCONF). */
const ADDRCONF = 256;

/** What a route is looked up for. */
export interface Query {
  protocol: string;
  dst: string;
  src?: string | undefined;
  sport?: number;
  dport?: number;
  mark: number;
  /** The link that the packet came in by; none for the namespace's own. */
  iif?: string | undefined;
  /** The link that it must leave by. */
  oif?: string | undefined;
}

export interface Found {
  route: Route;
  /** The next hop: the link, and the address of who is behind it, if not the destination itself. */
  hop: Hop & { dev: string };
}

const lengthOf = (prefix: string) => Number(prefix.split("/")[1]);
const bits = (address: string) => (family(address) === 6 ? 128 : 32);
export const ipOf = (address: string) => address.split("/")[0]!;

/** The routes that the kernel makes of an address. */
function ofAddress(ns: Namespace, address: Address): Route[] {
  const ip = ipOf(address.address);
  const by = address.by === undefined ? {} : { by: address.by };
  const local: Route = { dst: `${ip}/${bits(ip)}`, table: LOCAL, metric: 0, type: "local", hops: [{ dev: address.dev }], src: ip, ...by };
  const length = lengthOf(address.address);
  const to = address.peer ?? ip;
  const alone = length === bits(ip) && address.peer === undefined;
  if (address.noprefixroute || alone || !ns.links[address.dev]?.up) return [local];
  return [local, { dst: `${network(`${to}/${length}`)}/${length}`, table: MAIN, metric: family(ip) === 6 ? ADDRCONF : 0, type: "unicast", hops: [{ dev: address.dev }], src: ip, ...by }];
}

const loopback = (ns: Namespace): Route[] =>
  ns.links.lo?.up ? [["127.0.0.0/8", "127.0.0.1"], ["::1/128", "::1"]].map(([dst, src]) => ({ dst: dst!, table: LOCAL, metric: 0, type: "local" as const, hops: [{ dev: "lo" }], src: src! })) : [];

/** Of the next hops of a route, those whose link is there and up; the link of one that names none is where its address is. */
export function alive(ns: Namespace, route: Route): (Hop & { dev: string })[] {
  return route.hops.flatMap((hop) => {
    const dev = hop.dev ?? (hop.via === undefined ? undefined : onLink(ns, hop.via)?.hops[0]?.dev);
    // A link that is down keeps its addresses as local ones.
    return dev !== undefined && (route.type === "local" || ns.links[dev]?.up) ? [{ ...hop, dev }] : [];
  });
}

/** The route by which an address is right on a link. */
export function onLink(ns: Namespace, address: string): Route | undefined {
  const candidates = routesOf(ns).filter((r) => r.type === "unicast" && r.hops.every((h) => h.via === undefined) && inSubnet(address, r.dst));
  return candidates.sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst))[0];
}

const known = new WeakMap<Namespace, Route[]>();

/** Every route of a namespace, those of the kernel's own included; a network that has been folded stays as it is. */
export function routesOf(ns: Namespace): Route[] {
  const found = known.get(ns) ?? [...loopback(ns), ...ns.addresses.flatMap((a) => ofAddress(ns, a)), ...ns.routes];
  known.set(ns, found);
  return found;
}

function inTable(ns: Namespace, table: number, query: Query): Route | undefined {
  const fitting = routesOf(ns).filter((r) => r.table === table && r.tos === undefined && inSubnet(query.dst, r.dst) && (r.type !== "unicast" || alive(ns, r).some((h) => query.oif === undefined || h.dev === query.oif)));
  return fitting.sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst) || a.metric - b.metric)[0];
}

/** The rules that every namespace has by itself. */
const kernels = (family: 4 | 6): Rule[] =>
  ([[0, LOCAL], [32_766, MAIN], [32_767, DEFAULT]] as const).map(([priority, table]) => ({ priority, table, family, action: "lookup" }));

const ports = (range: string, port: number | undefined) => {
  const [from, to = from] = range.split("-").map(Number);
  return port !== undefined && port >= from! && port <= to!;
};

function masked(mark: string, value: number): boolean {
  const [wanted, mask = "0xffffffff"] = mark.split("/");
  return ((value & Number(mask)) >>> 0) === Number(wanted);
}

/** Whether a rule is for what is looked up. */
function describes(rule: Rule, q: Query): boolean {
  const all =
    (rule.from === undefined || (q.src !== undefined && inSubnet(q.src, rule.from))) &&
    (rule.to === undefined || inSubnet(q.dst, rule.to)) &&
    (rule.iif === undefined || rule.iif === (q.iif ?? "lo")) &&
    (rule.oif === undefined || rule.oif === q.oif) &&
    (rule.fwmark === undefined || masked(rule.fwmark, q.mark)) &&
    (rule.ipproto === undefined || rule.ipproto === protocolNumber(q.protocol, family(q.dst))) &&
    (rule.sport === undefined || ports(rule.sport, q.sport)) &&
    (rule.dport === undefined || ports(rule.dport, q.dport));
  return all !== (rule.not ?? false);
}

export type Answer = { is: "found" } & Found | { is: "refused"; by: { by?: string }; type: string } | { is: "none" };

/** What the kernel would answer to `ip route get`. */
export function lookup(c: Context, ns: Namespace, query: Query): Answer {
  const of = family(query.dst);
  const rules = [...kernels(of), ...ns.rules].filter((r) => r.family === of).sort((a, b) => a.priority - b.priority);
  for (const rule of rules) {
    if (!describes(rule, query)) continue;
    if (rule.action !== "lookup") return { is: "refused", by: rule, type: rule.action };
    const route = inTable(ns, rule.table, query);
    if (!route || (rule.suppressPrefixlength !== undefined && lengthOf(route.dst) <= rule.suppressPrefixlength)) continue;
    if (route.type !== "unicast" && route.type !== "local") return { is: "refused", by: route, type: route.type };
    const hops = alive(ns, route).filter((h) => query.oif === undefined || route.type === "local" || h.dev === query.oif);
    return { is: "found", route, hop: hops[hops.length > 1 ? c.choose(hops.length) : 0]! };
  }
  return { is: "none" };
}

/** Whether an address is one of the namespace's own. */
export function isLocal(ns: Namespace, address: string): boolean {
  return routesOf(ns).some((r) => r.type === "local" && inSubnet(address, r.dst));
}

const scopeOk = (a: Address, of: 4 | 6) => family(a.address) === of && a.scope !== "link" && a.scope !== "host";

/** The address that a namespace gives to packets of its own (inet_select_addr; for IPv6 RFC 6724). */
export function sourceFor(ns: Namespace, { route, hop }: Found, dst: string): string | undefined {
  if (route.src !== undefined) return route.src;
  const of = family(dst);
  const all = ns.addresses.filter((a) => scopeOk(a, of));
  return sourceOn(ns, hop.dev, hop.via ?? dst, all, dst);
}

/** Of addresses, the one for a link: on the link itself, of the next hop's network before others; else another link's. */
function sourceOn(ns: Namespace, dev: string, towards: string, all: Address[], dst: string): string | undefined {
  const own = all.filter((a) => a.dev === dev);
  if (family(dst) === 6) {
    const common = (a: Address) => commonBits(ipOf(a.address), dst);
    return [...(own.length > 0 ? own : all)].sort((a, b) => common(b) - common(a)).map((a) => ipOf(a.address))[0];
  }
  const chosen = own.find((a) => inSubnet(towards, `${network(a.address)}/${lengthOf(a.address)}`)) ?? own[0] ?? all[0];
  return chosen && ipOf(chosen.address);
}

/** The address that a link is asked with, or that hides what leaves by it. */
export function addressOn(ns: Namespace, dev: string, towards: string): string | undefined {
  const of = family(towards);
  return sourceOn(ns, dev, towards, ns.addresses.filter((a) => scopeOk(a, of)), towards);
}
