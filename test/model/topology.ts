import type { ModelName } from "../../provider/model.js";
import type { Flow } from "../../network/walk/packet.js";
import { Random } from "./random.js";

/** A resource as a program declares it. */
export interface Declaration {
  host: string;
  type: ModelName;
  name: string;
  props: Record<string, unknown>;
}

/** A network to build, and what to send through it. */
export interface Topology {
  hosts: Record<string, string>;
  declarations: Declaration[];
  flows: Flow[];
}

/** Where the hosts' uplinks are. */
export const WIRE = "10.98.0";
/** Where everything listens. */
export const PORT = 9090;

interface Site {
  host: string;
  index: number;
  address: string;
  spaces: { netns: string; address: string; subnet: string; gateway: string }[];
}

/** A network as people build them, with faults as people make them; the same for the same seed. Namespaces are named after `prefix`. */
export function topology(seed: number, prefix: string): Topology {
  const random = new Random(seed);
  const declarations: Declaration[] = [];
  const declare = (host: string, type: ModelName, props: Record<string, unknown>) => void declarations.push({ host, type, name: `${type.toLowerCase()}-${declarations.length}`, props });
  /** Now and then, one of those things goes wrong. */
  const faulty = random.chance(0.7);
  const slip = (p = 0.06) => faulty && random.chance(p);
  const sites: Site[] = Array.from({ length: 1 + random.below(3) }, (_, i) => ({ host: `${prefix}h${i + 1}`, index: i + 1, address: `${WIRE}.${i + 1}`, spaces: [] }));
  const mtu = random.chance(0.2) ? random.pick([1300, 1400, 1450]) : 1500;
  for (const site of sites) inside(random, site, declare, slip, prefix, mtu);
  if (sites.length > 1) random.pick([hostGw, hostGw, vxlan, vxlan, stretched, () => undefined])(random, sites, declare, slip);
  for (const site of sites) firewall(random, site, declare, slip);
  return { hosts: Object.fromEntries(sites.map((s) => [s.host, s.address])), declarations, flows: flowsOf(random, sites) };
}

type Declare = (host: string, type: ModelName, props: Record<string, unknown>) => void;
type Slip = (p?: number) => boolean;

/** What is within one host: namespaces at a bridge, at cables of their own, or one behind the other. */
function inside(random: Random, site: Site, declare: Declare, slip: Slip, prefix: string, mtu: number): void {
  const { host, index } = site;
  const forwards = !slip(0.15);
  declare(host, "Sysctl", { key: "net.ipv4.ip_forward", value: forwards ? 1 : 0 });
  if (random.chance(0.4)) declare(host, "Sysctl", { key: "net.ipv4.conf.all.rp_filter", value: random.pick([1, 1, 2]) });
  const style = random.pick(["bridge", "bridge", "direct", "chain"]);
  const count = 1 + random.below(3);
  const bridge = `br${index}`;
  if (style === "bridge") {
    declare(host, "Bridge", { name: bridge, mtu, up: slip(0.03) ? false : undefined });
    declare(host, "Address", { dev: bridge, address: `10.${index}0.0.1/${slip() ? random.pick([16, 25, 30]) : 24}` });
  }
  for (let k = 1; k <= count; k++) {
    const netns = `${prefix}h${index}n${k}`;
    const behind = style === "chain" && k > 1 ? site.spaces.at(-1)!.netns : undefined;
    const net = style === "bridge" ? `10.${index}0.0` : `10.${index}${k}.0`;
    const address = `${net}.${style === "bridge" ? k + 1 : 2}`;
    const gateway = `${net}.1`;
    const dev = `e${k}`;
    declare(host, "NetworkNamespace", { name: netns });
    if (random.chance(0.8)) declare(host, "LinkState", { netns, dev: "lo", up: true });
    if (random.chance(0.15)) declare(host, "Sysctl", { netns, key: "net.ipv4.conf.all.rp_filter", value: random.pick([1, 2]) });
    declare(host, "VethPair", { name: `v${index}${k}`, netns: behind, mtu: slip(0.1) ? random.pick([1280, 1400, 1500]) : mtu, up: slip(0.03) ? false : undefined, peer: { name: dev, netns, up: slip(0.03) ? false : undefined } });
    if (style === "bridge") declare(host, "BridgePort", { dev: `v${index}${k}`, master: bridge, isolated: random.chance(0.1) || undefined, hairpin: random.chance(0.1) || undefined, flood: slip(0.03) ? false : undefined });
    else declare(host, "Address", { netns: behind, dev: `v${index}${k}`, address: `${gateway}/${slip() ? random.pick([16, 30, 32]) : 24}` });
    if (behind) {
      declare(host, "Sysctl", { netns: behind, key: "net.ipv4.ip_forward", value: slip(0.2) ? 0 : 1 });
      // The host's way to what is behind another namespace.
      if (!slip(0.2)) declare(host, "Route", { dst: `${net}.0/24`, via: site.spaces[0]!.address });
      for (const [i, space] of site.spaces.slice(0, -1).entries()) if (!slip(0.1)) declare(host, "Route", { netns: space.netns, dst: `${net}.0/24`, via: site.spaces[i + 1]!.address });
    }
    const taken = slip(0.06) && site.spaces.length > 0 ? site.spaces[0]!.address : address;
    declare(host, "Address", { netns, dev, address: `${taken}/${slip() ? random.pick([16, 25, 30, 32]) : 24}` });
    if (random.chance(0.1)) declare(host, "Address", { netns, dev, address: `10.77.${index}.${k}/24` });
    if (!slip(0.1)) declare(host, "Route", { netns, dst: "default", via: slip(0.08) ? random.pick([`${net}.9`, "10.99.0.1"]) : gateway, metric: random.chance(0.1) ? 100 : undefined });
    if (slip(0.05)) declare(host, "Route", { netns, dst: random.pick(["10.10.0.0/24", "10.20.0.0/16", `${WIRE}.0/24`]), type: random.pick(["blackhole", "unreachable", "prohibit"]) });
    if (slip(0.05)) declare(host, "Rule", { netns, priority: 100, to: random.pick(["10.20.0.0/16", `${WIRE}.0/24`]), table: 100 });
    if (random.chance(0.05)) declare(host, "Route", { netns, dst: "default", via: gateway, table: 100 });
    if (slip(0.05)) declare(host, "Neighbour", { netns, dev, dst: gateway, lladdr: "02:00:00:00:00:99" });
    site.spaces.push({ netns, address: taken, subnet: `${net}.0/24`, gateway });
  }
  // A second cable between two namespaces: packets and answers may take different ways.
  if (style !== "chain" && count > 1 && random.chance(0.3)) {
    const [a, b] = [site.spaces[0]!, site.spaces[1]!];
    declare(host, "VethPair", { name: "x1", netns: a.netns, peer: { name: "x2", netns: b.netns } });
    declare(host, "Address", { netns: a.netns, dev: "x1", address: `10.66.${index}.1/24` });
    declare(host, "Address", { netns: b.netns, dev: "x2", address: `10.66.${index}.2/24` });
    if (random.chance(0.6)) declare(host, "Route", { netns: a.netns, dst: `${b.address}/32`, via: `10.66.${index}.2`, src: random.chance(0.5) ? a.address : undefined });
    if (random.chance(0.4)) declare(host, "Route", { netns: b.netns, dst: `${a.address}/32`, dev: "x2" });
  }
  if (random.chance(0.15)) {
    const { netns } = site.spaces[0]!;
    declare(host, "Macvlan", { name: "m0", link: style === "bridge" ? bridge : `v${index}1`, netns, mode: random.pick(["bridge", "private"]) });
    declare(host, "Address", { netns, dev: "m0", address: `10.55.${index}.2/24` });
    declare(host, "Address", { dev: style === "bridge" ? bridge : `v${index}1`, address: `10.55.${index}.1/24` });
  }
}

/** Each host is the gateway to its own subnets. */
function hostGw(random: Random, sites: Site[], declare: Declare, slip: Slip): void {
  for (const site of sites) for (const other of sites.filter((o) => o !== site)) for (const dst of new Set(other.spaces.map((s) => s.subnet))) {
    if (slip(0.12)) continue;
    declare(site.host, "Route", { dst, via: slip(0.05) ? random.pick([`${WIRE}.77`, "10.97.0.1"]) : other.address, dev: "eth0", onlink: slip(0.05) || undefined });
  }
}

/** A tunnel endpoint a host, with what it must know of the others. */
function vxlan(random: Random, sites: Site[], declare: Declare, slip: Slip): void {
  const mac = (site: Site) => `02:00:00:98:00:0${site.index}`;
  const learning = random.chance(0.3);
  for (const site of sites) {
    declare(site.host, "Vxlan", { name: "vtep", vni: slip(0.08) ? 2 : 1, dstport: slip(0.05) ? 4789 : 8472, local: slip(0.03) ? `${WIRE}.99` : site.address, dev: random.chance(0.8) ? "eth0" : undefined, mac: mac(site), learning, up: slip(0.03) ? false : undefined });
    declare(site.host, "Address", { dev: "vtep", address: `10.${site.index}0.255.0/32` });
    for (const other of sites.filter((o) => o !== site)) {
      if (!slip(0.08)) declare(site.host, "Neighbour", { dev: "vtep", dst: `10.${other.index}0.255.0`, lladdr: slip(0.06) ? "02:00:00:98:00:0f" : mac(other) });
      if (!slip(0.08)) declare(site.host, "FdbEntry", { dev: "vtep", mac: mac(other), dst: slip(0.05) ? `${WIRE}.${random.pick([1, 2, 3])}` : other.address });
      for (const dst of new Set(other.spaces.map((s) => s.subnet))) if (!slip(0.08)) declare(site.host, "Route", { dst, via: `10.${other.index}0.255.0`, dev: "vtep", onlink: !slip(0.05) });
    }
  }
}

/** One subnet on all hosts: a bridge a host, joined by a tunnel that is a port of each. */
function stretched(random: Random, sites: Site[], declare: Declare, slip: Slip): void {
  const learning = random.chance(0.7);
  for (const site of sites) {
    const { host, index } = site;
    const netns = site.spaces[0]!.netns;
    declare(host, "Bridge", { name: "lan", mtu: 1450 });
    declare(host, "Vxlan", { name: "vx", vni: slip(0.08) ? 7 : 9, local: site.address, dev: "eth0", learning, remote: sites.length === 2 && random.chance(0.4) ? sites.find((s) => s !== site)!.address : undefined });
    declare(host, "BridgePort", { dev: "vx", master: "lan", learning: slip(0.05) ? false : undefined });
    for (const other of sites.filter((o) => o !== site)) if (!slip(0.12)) declare(host, "FdbEntry", { dev: "vx", mac: "00:00:00:00:00:00", dst: other.address });
    declare(host, "VethPair", { name: "lan1", mtu: slip(0.3) ? 1500 : 1450, peer: { name: "lan0", netns } });
    declare(host, "BridgePort", { dev: "lan1", master: "lan" });
    declare(host, "Address", { netns, dev: "lan0", address: `10.200.0.${slip(0.06) ? 1 : index}/24` });
    if (random.chance(0.5)) declare(host, "Address", { dev: "lan", address: `10.200.0.10${index}/24` });
  }
}

/** What a host's rules let through, and change. */
function firewall(random: Random, site: Site, declare: Declare, slip: Slip): void {
  const { host, spaces } = site;
  const by = { backend: "iptables-nft" };
  const one = random.pick(spaces);
  const chain = (props: Record<string, unknown>) => declare(host, "FirewallRule", { ...by, ...props });
  if (random.chance(0.3)) {
    declare(host, "FirewallPolicy", { ...by, chain: "FORWARD", policy: "drop" });
    for (const { subnet } of spaces) {
      if (!slip(0.1)) chain({ chain: "FORWARD", source: subnet, target: "accept" });
      if (!slip(0.1)) chain({ chain: "FORWARD", destination: subnet, target: "accept", ...(random.chance(0.3) && { ctstate: ["established", "related"] }) });
    }
  }
  if (slip(0.15)) chain({ chain: random.pick(["FORWARD", "INPUT", "OUTPUT"]), position: random.pick(["first", "last"]), target: random.pick(["drop", "reject"]), ...random.pick([{ protocol: "icmp" }, { protocol: "tcp", destinationPorts: PORT }, { source: one.address }, { destination: one.subnet }, { ctstate: ["new"] }, { protocol: "icmp", icmpType: "echo-reply" }]) });
  if (random.chance(0.25)) chain({ table: "nat", chain: "POSTROUTING", source: one.subnet, outInterface: "eth0", target: "masquerade", ...(random.chance(0.3) && { not: ["outInterface"] }) });
  if (random.chance(0.3)) {
    const to = { protocol: "tcp", destinationPorts: 8080, destination: site.address, target: "dnat", to: slip(0.1) ? "10.123.0.1" : one.address, toPorts: slip(0.1) ? 9091 : PORT };
    chain({ table: "nat", chain: "PREROUTING", ...to });
    if (random.chance(0.5)) chain({ table: "nat", chain: "OUTPUT", ...to });
    if (random.chance(0.3)) chain({ table: "nat", chain: "POSTROUTING", source: one.subnet, destination: one.subnet, target: "masquerade" });
  }
  if (random.chance(0.1)) chain({ table: "nat", chain: "PREROUTING", protocol: "icmp", destination: site.address, target: "dnat", to: one.address });
  if (random.chance(0.1)) chain({ table: "nat", chain: "POSTROUTING", source: one.address, target: "snat", to: site.address });
  if (random.chance(0.1)) declare(host, "FirewallRule", { ...by, netns: one.netns, chain: random.pick(["INPUT", "OUTPUT"]), target: random.pick(["drop", "accept"]), protocol: random.pick(["tcp", "icmp"]) });
  if (random.chance(0.08)) {
    chain({ table: "mangle", chain: "PREROUTING", source: one.subnet, target: "mark", setMark: "0x7" });
    declare(host, "Rule", { priority: 50, fwmark: "0x7", table: 77 });
    declare(host, "Route", { dst: "default", table: 77, via: one.address });
  }
}

/** From everywhere to everywhere, of each sort some. */
function flowsOf(random: Random, sites: Site[]): Flow[] {
  const places = sites.flatMap((s) => [{ host: s.host, netns: undefined as string | undefined }, ...s.spaces.map(({ netns }) => ({ host: s.host, netns }))]);
  const targets = sites.flatMap((s) => [s.address, ...s.spaces.map(({ address }) => address), s.spaces[0]!.gateway, `10.200.0.${s.index}`, `10.55.${s.index}.1`, `10.66.${s.index}.2`]);
  return Array.from({ length: 8 }, () => {
    const from = random.pick(places);
    const to = random.pick(targets.slice(0, random.chance(0.8) ? undefined : targets.length));
    const protocol = random.pick(["icmp", "icmp", "tcp", "udp"] as const);
    const size = protocol === "icmp" && random.chance(0.25) ? random.pick([1300, 1400, 1450, 1452, 1500, 1600]) : undefined;
    return { ...from, to, protocol, ...(protocol !== "icmp" && { port: protocol === "tcp" && random.chance(0.3) ? 8080 : PORT }), ...(size && { size, df: random.chance(0.5) }) };
  });
}
