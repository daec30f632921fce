/** What every element remembers: the resource that declared it, as `Route net-default`; nothing where the host or the kernel has it by itself. */
export interface Element {
  by?: string;
}

/** A network across hosts, as a program declares it or a kernel shows it: plain JSON. */
export interface Network {
  /** By the machine's name, as ssh has it. */
  hosts: Record<string, Host>;
}

export interface Host {
  /** By name; "" is the host's own. */
  namespaces: Record<string, Namespace>;
}

export interface Namespace extends Element {
  /** Whether there may be more in it than is here: the host's own, or one that somebody else made. */
  open: boolean;
  /** What is declared in it and cannot be told yet, or is not modelled: in words, each with the resource. */
  unknown: Unknown[];
  links: Record<string, Link>;
  addresses: Address[];
  routes: Route[];
  rules: Rule[];
  neighbours: Neighbour[];
  fdb: FdbEntry[];
  /** By the path below /proc/sys, such as `net/ipv4/ip_forward`. */
  sysctls: Record<string, Setting>;
  netfilter: Netfilter;
  /** What is known to listen. */
  listeners: Listener[];
}

export interface Unknown extends Element {
  what: string;
}

export interface Setting extends Element {
  value: string;
}

export interface Link extends Element {
  name: string;
  /** Its type in iproute2; `loopback`, or `physical` for one that is a machine's own. */
  kind: string;
  up: boolean;
  /** In bytes; undefined where it is not known. */
  mtu?: number;
  mac?: string;
  /** The link that it is a port of, and how. */
  port?: Port;
  /** The other end of a veth pair. */
  peer?: Place;
  /** The link that it is a part of: a VLAN's or a macvlan's. */
  lower?: Place & { vlan?: number; mode?: string };
  bridge?: { vlanFiltering: boolean };
  /** The routing table that its ports have for themselves: it is a VRF. */
  table?: number;
  tunnel?: Tunnel;
  /** Whether the world outside is behind it. */
  outside?: boolean;
}

/** A link, or where one is looked for. */
export interface Place {
  netns: string;
  name: string;
}

export interface Port extends Element {
  master: string;
  hairpin: boolean;
  isolated: boolean;
  learning: boolean;
  flood: boolean;
}

/** How a link wraps what it carries. */
export interface Tunnel {
  /** Namespace whose routes carry the outer packets. */
  netns: string;
  /** Its type in iproute2: only one of its own type unwraps what it wraps. */
  type: string;
  /** Protocol of the outer packets: udp, ipencap (IPv4 in IP), ipv6, gre. */
  protocol: string;
  /** Port of the outer packets, over UDP. */
  port?: number;
  /** Number that tells networks or tunnels with the same ends apart: VNI, key. */
  key?: number;
  local?: string;
  remote?: string;
  /** The link that the outer packets must leave by. */
  dev?: string;
  /** Bytes that it adds, by the family of the outer packets. */
  overhead: Partial<Record<4 | 6, number>>;
  /** Whole Ethernet frames, or packets of these families. */
  carries: "ethernet" | (4 | 6)[];
  /** Whether the outer packets may be broken up on their way. */
  fragments: boolean;
  /** Whether it learns from what it receives who is behind which other end. */
  learning: boolean;
  /** Whether it takes packets from any end, not only from `remote`. */
  anyEnd: boolean;
}

export interface Address extends Element {
  dev: string;
  /** With the length of its prefix. */
  address: string;
  peer?: string;
  scope?: string;
  noprefixroute?: boolean;
}

export interface Hop {
  via?: string;
  dev?: string;
  onlink?: boolean;
}

export interface Route extends Element {
  dst: string;
  table: number;
  metric: number;
  type: "unicast" | "local" | "blackhole" | "unreachable" | "prohibit";
  hops: Hop[];
  src?: string;
  mtu?: number;
  tos?: number;
}

/** A rule of policy routing. */
export interface Rule extends Element {
  priority: number;
  family: 4 | 6;
  not?: boolean;
  from?: string;
  to?: string;
  iif?: string;
  oif?: string;
  fwmark?: string;
  ipproto?: number;
  sport?: string;
  dport?: string;
  action: "lookup" | "blackhole" | "unreachable" | "prohibit";
  table: number;
  suppressPrefixlength?: number;
}

export interface Neighbour extends Element {
  dst: string;
  lladdr: string;
  dev: string;
}

export interface FdbEntry extends Element {
  mac: string;
  dev: string;
  dst?: string;
  where: "self" | "master";
}

export interface Listener extends Element {
  protocol: "tcp" | "udp";
  port: number;
}

/** The rules of a namespace. */
export interface Netfilter {
  chains: Chain[];
  /** Rules that nobody declared, by family, table and chain of the kernel's own: `4 filter FORWARD`. Undefined where that is not known. */
  foreign?: Record<string, Foreign>;
}

/** What is in a chain of the kernel's own besides what is declared. */
export interface Foreign {
  rules: number;
  /** Undefined where what it will be is not known. */
  policy?: "accept" | "drop";
}

export interface Chain {
  backend: string;
  family: 4 | 6;
  table: string;
  name: string;
  policy?: { is: "accept" | "drop" } & Element;
  rules: Match[];
}

/** A rule of netfilter, in the words of a FirewallRule. */
export interface Match extends Element {
  /** Where it stands among rules that nobody declared: before or after. */
  position: "first" | "last";
  protocol?: string;
  source?: string;
  destination?: string;
  inInterface?: string;
  outInterface?: string;
  sourcePorts?: number | string | (number | string)[];
  destinationPorts?: number | string | (number | string)[];
  icmpType?: string | number;
  ctstate?: string[];
  originalDestination?: string;
  originalPort?: number | string;
  srcType?: string;
  dstType?: string;
  mark?: string;
  probability?: number;
  every?: number;
  packet?: number;
  not?: string[];
  extensions?: string[];
  target?: string;
  toChain?: string;
  to?: string;
  toPorts?: number | string;
  setMark?: string;
}
