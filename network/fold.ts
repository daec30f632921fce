import type { HostFacts } from "./facts.js";
import { MAIN } from "./tables.js";
import type { Chain, Host, Link, Namespace, Network } from "./network.js";
import type { Declared, Part } from "./part.js";

const empty = (open: boolean): Namespace => ({
  open,
  unknown: [],
  links: { lo: { name: "lo", kind: "loopback", up: open, mtu: 65_536 } },
  addresses: [],
  routes: [],
  rules: [],
  neighbours: [],
  fdb: [],
  sysctls: {},
  // A new namespace has no rules.
  netfilter: { chains: [], ...(open ? {} : { foreign: {} }) },
  listeners: [],
});

/** The namespace of a host; one that nobody declared is somebody else's, so there may be more in it. */
function namespaceOf(host: Host, netns = ""): Namespace {
  return (host.namespaces[netns] ??= empty(true));
}

/** Parts that speak of what others make come after those. */
const order: Part["is"][] = ["namespace", "link", "uplinkBridge", "state", "port"];
const rank = ({ part }: Declared) => (order.includes(part.is) ? order.indexOf(part.is) : order.length);

type Put = { [I in Part["is"]]: (host: Host, part: Extract<Part, { is: I }>, by: string) => void };

/** A part as the element that it is. */
function element<P extends { is: string; netns?: string | undefined }>({ is: _is, netns: _netns, ...rest }: P, by: string): Omit<P, "is" | "netns"> & { by: string } {
  return { ...rest, by };
}

const put: Put = {
  namespace: (host, { netns, open }, by) => {
    host.namespaces[netns] = { ...empty(open), by };
  },
  link: (host, part, by) => {
    namespaceOf(host, part.netns).links[part.name] = element(part, by);
  },
  state: (host, { netns, dev, up, mtu, mac }) => {
    const { links } = namespaceOf(host, netns);
    const link = (links[dev] ??= { name: dev, kind: "unknown", up: true });
    Object.assign(link, up !== undefined && { up }, mtu !== undefined && { mtu }, mac !== undefined && { mac });
  },
  port: (host, { dev, ...part }, by) => {
    const { links } = namespaceOf(host, part.netns);
    const link = (links[dev] ??= { name: dev, kind: "unknown", up: true });
    link.port = element({ ...part }, by);
  },
  uplinkBridge: (host, { name, uplink }, by) => {
    const ns = namespaceOf(host);
    const was = ns.links[uplink] ?? { name: uplink, kind: "physical", up: true, outside: true };
    ns.links[uplink] = { ...was, port: { master: name, hairpin: false, isolated: false, learning: true, flood: true, by } };
    ns.links[name] = { name, kind: "bridge", up: true, bridge: { vlanFiltering: false }, by, ...(was.mtu !== undefined && { mtu: was.mtu }), ...(was.mac !== undefined && { mac: was.mac }) };
    const moved = (dev: string | undefined) => (dev === uplink ? name : dev);
    for (const address of ns.addresses) address.dev = moved(address.dev)!;
    for (const hop of ns.routes.flatMap(({ hops }) => hops)) hop.dev = moved(hop.dev);
  },
  address: (host, part, by) => void namespaceOf(host, part.netns).addresses.push(element(part, by)),
  route: (host, part, by) => void namespaceOf(host, part.netns).routes.push(element(part, by)),
  rule: (host, part, by) => void namespaceOf(host, part.netns).rules.push(element(part, by)),
  neighbour: (host, part, by) => void namespaceOf(host, part.netns).neighbours.push(element(part, by)),
  fdb: (host, part, by) => void namespaceOf(host, part.netns).fdb.push(element(part, by)),
  sysctl: (host, { netns, path, value }, by) => {
    namespaceOf(host, netns).sysctls[path] = { value, by };
  },
  rules: (host, { rules, ...place }, by) => {
    const chain = chainOf(host, place);
    const own = rules.map((rule) => ({ ...rule, by }));
    // One that is put first goes before those that were.
    if (own[0]?.position === "first") chain.rules.unshift(...own);
    else chain.rules.push(...own);
  },
  policy: (host, { policy, ...place }, by) => {
    chainOf(host, place).policy = { is: policy, by };
  },
  listener: (host, part, by) => void namespaceOf(host, part.netns).listeners.push(element(part, by)),
  unknown: (host, { netns, what }, by) => void namespaceOf(host, netns).unknown.push({ what, by }),
};

function chainOf(host: Host, { netns, backend, family, table, chain: name }: { netns?: string | undefined; backend: string; family: 4 | 6; table: string; chain: string }): Chain {
  const { chains } = namespaceOf(host, netns).netfilter;
  const found = chains.find((c) => c.backend === backend && c.family === family && c.table === table && c.name === name);
  const chain = found ?? { backend, family, table, name, rules: [] };
  if (!found) chains.push(chain);
  return chain;
}

/** The network that hosts are by themselves, as far as their facts tell. */
function hostOf(facts: HostFacts): Host {
  const ns = empty(true);
  const { uplink, mtu, mac, ground } = facts;
  if (uplink === undefined) ns.unknown.push({ what: "the host has not been met" });
  else {
    ns.links[uplink] = { name: uplink, kind: "physical", up: true, outside: true, ...(mtu !== undefined && { mtu }), ...(mac !== undefined && { mac }) };
    const ends = [[facts.address, facts.prefix, facts.gateway, "0.0.0.0/0"], [facts.address6, facts.prefix6, facts.gateway6, "::/0"]] as const;
    for (const [address, prefix, via, dst] of ends) {
      if (address !== undefined) ns.addresses.push({ dev: uplink, address: `${address}/${prefix}` });
      // Whatever else the host has goes first.
      if (via !== undefined) ns.routes.push({ dst, table: MAIN, metric: 4_294_967_295, type: "unicast", hops: [{ via, dev: uplink }] });
    }
  }
  ns.sysctls = Object.fromEntries(Object.entries(ground?.sysctls ?? {}).map(([path, value]) => [path, { value }]));
  if (ground?.foreign) ns.netfilter.foreign = ground.foreign;
  ns.open = !facts.complete;
  return { namespaces: { "": ns } };
}

/** The network that hosts are with all that is declared on them. */
export function fold(facts: Readonly<Record<string, HostFacts>>, declared: readonly Declared[]): Network {
  const hosts = Object.fromEntries(Object.entries(facts).map(([name, known]) => [name, hostOf(known)]));
  const sorted = [...declared].sort((a, b) => rank(a) - rank(b));
  for (const { host, by, part } of sorted) (put[part.is] as (host: Host, part: Part, by: string) => void)((hosts[host] ??= hostOf({})), part, by);
  for (const [name, host] of Object.entries(hosts)) inherit(host, facts[name]?.ground?.inherited ?? {});
  for (const host of Object.values(hosts)) for (const ns of Object.values(host.namespaces)) for (const link of Object.values(ns.links)) settleMtu(host, link);
  return { hosts };
}

/** Gives new namespaces the settings that the host gives them; where the program changes the host's own, that is a matter of what comes first. */
function inherit(host: Host, inherited: Readonly<Record<string, string>>): void {
  const declared = host.namespaces[""]?.sysctls ?? {};
  const certain = Object.entries(inherited).filter(([path, value]) => declared[path]?.by === undefined || declared[path].value === value);
  for (const ns of Object.values(host.namespaces).filter((ns) => !ns.open && ns !== host.namespaces[""])) ns.sysctls = { ...Object.fromEntries(certain.map(([path, value]) => [path, { value }])), "net/ipv6/conf/all/forwarding": { value: "0" }, ...ns.sysctls };
}

/** Gives a link without an MTU the one that the kernel gives it. */
function settleMtu(host: Host, link: Link): void {
  if (link.mtu !== undefined || link.outside) return;
  const { lower, tunnel } = link;
  const under = lower ?? (tunnel?.dev === undefined ? undefined : { netns: tunnel.netns, name: tunnel.dev });
  const lowerMtu = under && host.namespaces[under.netns]?.links[under.name]?.mtu;
  if (under && lowerMtu === undefined) return;
  const overhead = tunnel ? (tunnel.overhead[tunnel.remote?.includes(":") || tunnel.local?.includes(":") ? 6 : 4] ?? 0) : 0;
  // A vxlan without a lower link has Ethernet's, and no room is made for what it adds (drivers/net/vxlan, vxlan_setup).
  link.mtu = lowerMtu !== undefined ? lowerMtu - overhead : tunnel && tunnel.carries !== "ethernet" ? 1500 - overhead : 1500;
}
