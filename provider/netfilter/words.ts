/** Protocols by the number that the kernel knows them by (IANA's protocol numbers). */
export const protocols = { icmp: 1, igmp: 2, ipencap: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, ah: 51, icmpv6: 58, ospf: 89, vrrp: 112, sctp: 132 } as const;

export type Protocol = keyof typeof protocols;

export const protocolNames = Object.keys(protocols) as [Protocol, ...Protocol[]];

/** Protocols whose packets have ports that both back-ends can match. */
export const withPorts: readonly string[] = ["tcp", "udp", "sctp"];

/** Protocols that every tool knows by name; the names of others are a matter of the host's own /etc/protocols. */
const everywhere: readonly string[] = ["tcp", "udp", "sctp", "icmp", "icmpv6", "esp", "ah"];

/** A protocol as a tool takes it. */
export function spellProtocol(name: Protocol): string | number {
  return everywhere.includes(name) ? name : protocols[name];
}

/** A protocol as a tool printed it: by its number, by our name, or by the other name that /etc/protocols has for it. */
export function readProtocol(printed: string | number): string {
  return protocolNames.find((name) => String(protocols[name]) === String(printed)) ?? (printed === "ipv6-icmp" ? "icmpv6" : String(printed));
}

/** Types of ICMP by number, in nftables' words (RFC 792 and its kin; for IPv6 RFC 4443, 2710, 4861). */
export const icmpTypes: Readonly<Record<4 | 6, Readonly<Record<string, number>>>> = {
  4: {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "source-quench": 4,
    redirect: 5,
    "echo-request": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
  },
  6: {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "nd-router-solicit": 133,
    "nd-router-advert": 134,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
    "nd-redirect": 137,
  },
};

/** A type of ICMP by its name where it has one, else by its number. */
export function icmpName(family: 4 | 6, type: string | number): string | number {
  const known = Object.entries(icmpTypes[family]).find(([name, number]) => name === type || String(number) === String(type));
  return known?.[0] ?? (/^\d+$/.test(String(type)) ? Number(type) : type);
}

/** Levels of the kernel's log by number (syslog(2)). */
export const logLevels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"] as const;

/** The level that a LOG rule has by itself (LOG_WARNING, in both back-ends). */
export const defaultLogLevel = "warning";

/** How a packet is answered that is rejected: iptables' word and nftables' expression, by family. */
export const rejections: Readonly<Record<string, Readonly<Partial<Record<4 | 6, { iptables: string; nft: { type: string; expr?: string } }>>>>> = {
  "port-unreachable": icmp("port-unreachable", "port-unreachable"),
  "host-unreachable": { 4: { iptables: "icmp-host-unreachable", nft: { type: "icmp", expr: "host-unreachable" } } },
  "net-unreachable": { 4: { iptables: "icmp-net-unreachable", nft: { type: "icmp", expr: "net-unreachable" } } },
  "addr-unreachable": { 6: { iptables: "icmp6-addr-unreachable", nft: { type: "icmpv6", expr: "addr-unreachable" } } },
  "no-route": { 6: { iptables: "icmp6-no-route", nft: { type: "icmpv6", expr: "no-route" } } },
  "admin-prohibited": icmp("admin-prohibited", "adm-prohibited"),
  "tcp-reset": { 4: { iptables: "tcp-reset", nft: { type: "tcp reset" } }, 6: { iptables: "tcp-reset", nft: { type: "tcp reset" } } },
};

/** What a REJECT rule answers by itself. */
export const defaultRejection = "port-unreachable";

function icmp(word: string, word6: string) {
  return { 4: { iptables: `icmp-${word}`, nft: { type: "icmp", expr: word } }, 6: { iptables: `icmp6-${word6}`, nft: { type: "icmpv6", expr: word } } };
}

/** The chains that each table has by itself, with the hook, and the priority that nftables gives them (linux/netfilter_ipv4.h). */
export const builtIn: Readonly<Record<string, Readonly<Record<string, { type: string; hook: string; prio: number }>>>> = {
  filter: chains("filter", 0, "INPUT", "FORWARD", "OUTPUT"),
  nat: { ...chains("nat", -100, "PREROUTING", "OUTPUT"), ...chains("nat", 100, "INPUT", "POSTROUTING") },
  mangle: { ...chains("filter", -150, "PREROUTING", "INPUT", "FORWARD", "POSTROUTING"), ...chains("route", -150, "OUTPUT") },
  raw: chains("filter", -300, "PREROUTING", "OUTPUT"),
};

export const tables = ["filter", "nat", "mangle", "raw"] as const;

function chains(type: string, prio: number, ...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { type, hook: name.toLowerCase(), prio }]));
}

/** Whether a chain is one that the kernel has by itself, in whatever table. */
export function isBuiltIn(chain: string): boolean {
  return Object.values(builtIn).some((t) => chain in t);
}
