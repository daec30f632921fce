import { z } from "zod";
import { canonicalIp, family, ifname, prefix, text } from "../fields.js";
import { omit } from "../handlers.js";
import type { Problem } from "../kind.js";
import { hasUnknown } from "../unknown.js";
import { builtIn, defaultLogLevel, defaultRejection, icmpName, icmpTypes, isBuiltIn, logLevels, protocolNames, rejections, tables, withPorts } from "./words.js";

/** A comment shares its place with the mark that the rule is known by; nftables has 128 bytes for both. */
const COMMENT_BYTES = 100;
/** The kernel keeps 30 bytes of a prefix, the last of them a zero (linux/netfilter/xt_LOG.h). */
const LOG_PREFIX_BYTES = 29;
/** The kernel keeps 15 ports of a list, of which a range takes two (linux/netfilter/xt_multiport.h, XT_MULTI_PORTS). */
const PORTS = 15;
/** A chain's name has up to 28 bytes (linux/netfilter/x_tables.h, XT_EXTENSION_MAXNAMELEN less the closing zero). */
const CHAIN_BYTES = 28;
/** Grid on which the back-ends keep probabilities: the kernel's own is 2^31, nftables prints no more than this. */
const GRID = 2 ** 30;

const printable = (bytes: number) =>
  text((v) => {
    if (v === "" || /[\x00-\x1f\x7f]/.test(v)) return "is empty, or holds a control character";
    return Buffer.byteLength(v) > bytes ? `has ${Buffer.byteLength(v)} bytes; there is room for ${bytes}` : undefined;
  });

/** The name of a chain. */
export const chainName = text((v) => {
  const bytes = Buffer.byteLength(v);
  if (bytes === 0 || bytes > CHAIN_BYTES) return `"${v}" has ${bytes} bytes; a chain's name has 1 to ${CHAIN_BYTES}`;
  return /^[^-!\s"'\\\x00-\x1f\x7f][^\s"'\\\x00-\x1f\x7f]*$/.test(v) ? undefined : `"${v}" is not a chain's name: no blanks, quotes or backslashes, no leading "-" or "!"`;
});

const addresses = prefix.refine((v) => v !== "default" && !v.endsWith("/0"), { error: "matches every address: leave it out" });

const link = text((v) => {
  if (v === "+") return "matches every link: leave it out";
  const wrong = ifname.safeParse(v.replace(/\+$/, "")).error?.issues[0]?.message;
  return wrong ?? (Buffer.byteLength(v) > 15 ? `"${v}" has ${Buffer.byteLength(v)} bytes; a link's name has 1 to 15` : undefined);
});

interface Range {
  from: number;
  to: number;
}

/** Reads `80`, `"80"` or `"80-90"`. */
function range(value: unknown): Range | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value)) ?? [];
  return from !== undefined && Number(from) <= Number(to) && Number(to) <= 65_535 ? { from: Number(from), to: Number(to) } : undefined;
}

const spellRange = ({ from, to }: Range) => (from === to ? from : `${from}-${to}`);

/** Ranges in order, as the kernel keeps them: those that touch are one, but only where there is a range at all. */
function merged(ranges: Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a.from - b.from || a.to - b.to);
  const gap = ranges.some((r) => r.from !== r.to) ? 1 : 0;
  return sorted.reduce<Range[]>((all, r) => {
    const last = all.at(-1);
    if (last && r.from <= last.to + gap) last.to = Math.max(last.to, r.to);
    else all.push({ ...r });
    return all;
  }, []);
}

const notPorts = (value: unknown) => `${JSON.stringify(value)} is not a port such as 80, nor a range such as "8000-8010"`;

/** One port or range. */
const port = z.union([z.number(), z.string()]).superRefine((v, ctx) => {
  if (!range(v)) ctx.addIssue({ code: "custom", message: notPorts(v) });
}).transform((v) => spellRange(range(v) ?? { from: 0, to: 0 }));

type Ports = number | string | (number | string)[];

/** Ports, ranges, or a list of both, in the kernel's order. */
const ports = z.union([z.number(), z.string(), z.array(z.union([z.number(), z.string()])).min(1)]).superRefine((v, ctx) => {
  const list = [v].flat();
  const wrong = list.filter((one) => !range(one));
  for (const one of wrong) ctx.addIssue({ code: "custom", message: notPorts(one) });
  const slots = wrong.length ? 0 : portList(canonicalPorts(list)).reduce<number>((n, one) => n + (typeof one === "string" ? 2 : 1), 0);
  if (slots > PORTS) ctx.addIssue({ code: "custom", message: `takes ${slots} places; the kernel has ${PORTS} in a list, of which a range takes two: make two rules` });
}).transform((v) => canonicalPorts([v].flat()));

/** A list of ports in one form, whoever wrote it. */
export function canonicalPorts(list: readonly (number | string)[]): Ports {
  const spelt = merged(list.map((one) => range(one) ?? { from: 0, to: 0 })).map(spellRange);
  return spelt.length === 1 ? spelt[0]! : spelt;
}

/** Ports as a list, also where there is one. */
export const portList = (value: Ports): (number | string)[] => [value].flat();

const MARK = /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i;
const ALL_BITS = 0xffff_ffff;

/** A packet's mark with the bits of it that count. */
export interface Mark {
  value: number;
  mask: number;
}

export function readMark(text: string): Mark {
  const [, value = "0", mask] = MARK.exec(text) ?? [];
  return { value: Number(value), mask: mask === undefined ? ALL_BITS : Number(mask) };
}

export const spellMark = ({ value, mask }: Mark) => `0x${value.toString(16)}${mask === ALL_BITS ? "" : `/0x${mask.toString(16)}`}`;

const mark = z.union([z.number().int(), z.string()]).superRefine((v, ctx) => {
  const { value, mask } = readMark(String(v));
  const wrong = !MARK.test(String(v)) || value > ALL_BITS || mask > ALL_BITS || mask === 0;
  if (wrong) ctx.addIssue({ code: "custom", message: `${JSON.stringify(v)} is not a mark such as 1 or "0x4000/0x4000" (value/mask, 32 bits)` });
  else if ((value & ~mask) !== 0) ctx.addIssue({ code: "custom", message: `${JSON.stringify(v)} has bits that its mask leaves out` });
}).transform((v) => spellMark(readMark(String(v))));

/** An address, or a range of them. */
function addressRange(value: string): string[] | undefined {
  const ends = value.split("-").map(canonicalIp);
  return ends.length <= 2 && ends.every((e) => e !== undefined) && ends.every((e) => family(e) === family(ends[0]!)) ? ends : undefined;
}

const destination = text((v) => (addressRange(v) ? undefined : `"${v}" is not an address such as 10.244.1.2, nor a range such as 10.244.1.2-10.244.1.9; the port goes into toPorts`)).transform((v) => addressRange(v)?.join("-") ?? v);

const addressTypes = ["unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit"] as const;
const states = ["new", "established", "related", "invalid", "untracked", "snat", "dnat"] as const;
const negatable = ["protocol", "source", "destination", "inInterface", "outInterface", "sourcePorts", "destinationPorts", "icmpType", "ctstate", "originalDestination", "originalPort", "srcType", "dstType", "mark"] as const;
const targets = ["accept", "drop", "reject", "return", "jump", "log", "mark", "dnat", "snat", "masquerade", "redirect"] as const;

/** A list in which order says nothing, in the order of `all`. */
const inOrder = <T extends string>(all: readonly T[], given: readonly string[]) => all.filter((one) => given.includes(one));
const setOf = <const T extends readonly [string, ...string[]]>(all: T) => z.array(z.enum(all)).min(1).transform((v) => inOrder<T[number]>(all, v as string[]));

/** What a rule says: what it matches, and what becomes of it. */
export const ruleShape = {
  /** Protocol: `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, `esp`, `ah`, `gre`, `igmp`, `ipencap` (IPv4 in IP), `ipv6`, `ospf` or `vrrp`. Default: any. */
  protocol: z.enum(protocolNames).optional(),
  /** Source: an address or prefix such as 10.244.1.0/24. Default: any. */
  source: addresses.optional(),
  /** Destination: an address or prefix. Where the rule comes after a DNAT (filter FORWARD, nat POSTROUTING), it is the new one. Default: any. */
  destination: addresses.optional(),
  /** The link that the packet came in by; `veth+` stands for all whose names begin with veth. For what comes over a bridge it is the bridge, except where `net.bridge.bridge-nf-call-iptables` is 1. Default: any. */
  inInterface: link.optional(),
  /** The link that the packet leaves by, likewise. Default: any. */
  outInterface: link.optional(),
  /** Source ports, for tcp, udp and sctp: 8090, "8000-8010", or a list of up to 15 places, of which a range takes two. Default: any. */
  sourcePorts: ports.optional(),
  /** Destination ports, likewise. After a DNAT it is the new one. Default: any. */
  destinationPorts: ports.optional(),
  /** Type of ICMP, by nftables' name (`echo-request`, `nd-neighbor-solicit` …) or by number; needs `protocol: "icmp"` or `"icmpv6"`. Default: any. */
  icmpType: z.union([z.string(), z.number().int().min(0).max(254)]).optional(),
  /** States of the connection, of which it has one: `new`, `established`, `related`, `invalid`, `untracked`, or that its destination or source was rewritten: `dnat`, `snat`. Default: any. */
  ctstate: setOf(states).optional(),
  /** Destination that the connection was made to, before any DNAT: an address or prefix. It is the same for its answers. Default: any. */
  originalDestination: addresses.optional(),
  /** Destination port that it was made to, likewise: 80, or a range such as "8000-8010"; needs `protocol`. Default: any. */
  originalPort: port.optional(),
  /** What the host's routes say that the source address is: `local`, `unicast`, `broadcast`, `multicast` … Default: anything. */
  srcType: z.enum(addressTypes).optional(),
  /** What they say that the destination is: `local` for the host's own addresses. Default: anything. */
  dstType: z.enum(addressTypes).optional(),
  /** Mark that the packet bears: 1, "0x4000", or "0x4000/0x4000" where only some bits count. Default: any. */
  mark: mark.optional(),
  /** Match by chance: 0.5 every other packet on average; more than 0 and less than 1. In the table nat only the first packet of a connection asks. Default: always. */
  probability: z.number().gt(0).lt(1).transform((v) => probability(v)).optional(),
  /** Match one packet of so many, in turn. Default: each. */
  every: z.number().int().min(2).max(4_294_967_295).optional(),
  /** Which one of `every`, counted from 0. Default: 0. */
  packet: z.number().int().min(0).max(4_294_967_294).optional(),
  /** Names of those of the properties above that must not match: `not: ["destination"]`. Default: none. */
  not: setOf(negatable).optional(),
  /** Matches, and a target (`-j`) after them, that no property here has a word for: arguments of iptables in the form in which `iptables -S` prints them, or with nft expressions of libnftables-json(5), a text each. Default: none. */
  extensions: z.array(printable(4096)).min(1).optional(),
  /** A text for people, up to 100 bytes. Default: none. */
  comment: printable(COMMENT_BYTES).refine((v) => !v.startsWith("linuxnet:"), { error: "begins like the mark that linuxnet knows its rules by" }).optional(),
  /** What becomes of the packet. `accept`, `drop`, `reject` and the NAT targets end its way through the table's chains at this hook, `return` the chain's; after `log`, `mark` and a `jump` that returns, the next rule is asked. `drop` in an INPUT chain can cut the SSH connection. Default: the rule only counts. */
  target: z.enum(targets).optional(),
  /** For `jump`: the chain. */
  toChain: chainName.optional(),
  /** For `dnat` and `snat`: the new address, or a range such as 10.244.1.2-10.244.1.9. For a DNAT to 127.0.0.0/8, or of what the host itself sends there, the link needs `net.ipv4.conf.LINK.route_localnet` = 1. Who is in one subnet with the new destination gets answers that it does not expect (hairpin): masquerade such packets in POSTROUTING. */
  to: destination.optional(),
  /** For `dnat`, `snat`, `masquerade` and `redirect`: the new port, or a range such as "8000-8010"; needs `protocol`. Default: as it was, where that is free. */
  toPorts: port.optional(),
  /** For `snat` and `masquerade`: choose source ports at random, so that parallel connections do not race for one (`--random-fully`). Default: false. */
  randomFully: z.boolean().optional(),
  /** For `log`: what each line of the kernel's log begins with, up to 29 bytes. In a namespace only `net.netfilter.nf_log_all_netns` = 1 makes it print. Default: none. */
  logPrefix: printable(LOG_PREFIX_BYTES).optional(),
  /** For `log`: its level: `emerg`, `alert`, `crit`, `err`, `warning`, `notice`, `info` or `debug`. Default: warning. */
  logLevel: z.enum(logLevels).optional(),
  /** For `reject`: the answer: `port-unreachable`, `host-unreachable`, `net-unreachable` (both IPv4), `addr-unreachable`, `no-route` (both IPv6), `admin-prohibited` or `tcp-reset`. Default: port-unreachable. */
  rejectWith: z.enum(Object.keys(rejections) as [string, ...string[]]).optional(),
  /** For `mark`: the mark that it gets: 1, "0x4000", or "0x4000/0x4000" where other bits stay. */
  setMark: mark.optional(),
};

export const ruleSchema = z.strictObject(ruleShape);

export type Rule = z.output<typeof ruleSchema>;

export const ruleKeys = Object.keys(ruleShape) as (keyof Rule)[];

/** A probability on the kernel's grid, as it prints it. */
export function probability(value: number): number {
  return Number((Math.round(value * GRID) / GRID).toFixed(11));
}

/** A probability in steps of the grid. */
export const steps = (value: number) => ({ of: GRID, chosen: Math.round(value * GRID) });

/** Where a chain is. */
export interface Where {
  family: 4 | 6;
  table: (typeof tables)[number];
  chain: string;
}

/** The family of what a rule names; undefined where it names none. */
export function familyOf(rule: Partial<Rule>): 4 | 6 | undefined {
  const address = [rule.source, rule.destination, rule.originalDestination, rule.to].find((one) => one !== undefined && !hasUnknown(one));
  if (address !== undefined) return family(address);
  return rule.protocol === "icmpv6" ? 6 : rule.protocol === "icmp" ? 4 : undefined;
}

/** A rule without what it says of itself anyway, so that two that do the same are equal. */
export function canonicalRule<R extends Partial<Rule>>(rule: R, family: 4 | 6): R {
  const selfEvident: [keyof Rule, unknown][] = [["logLevel", defaultLogLevel], ["rejectWith", defaultRejection], ["packet", 0], ["randomFully", false]];
  const needless = selfEvident.filter(([key, value]) => rule[key] === value).map(([key]) => key);
  const icmpType = rule.icmpType === undefined || hasUnknown(family) ? {} : { icmpType: icmpName(family, rule.icmpType) };
  const lists = { ...(Array.isArray(rule.ctstate) && { ctstate: inOrder(states, rule.ctstate) }), ...(Array.isArray(rule.not) && { not: inOrder(negatable, rule.not) }) };
  return omit({ ...rule, ...icmpType, ...lists }, needless) as R;
}

/** The target that an option belongs to, and whether that one cannot do without. */
const belongs: Partial<Record<keyof Rule, { targets: readonly string[]; needed?: boolean }>> = {
  toChain: { targets: ["jump"], needed: true },
  to: { targets: ["dnat", "snat"], needed: true },
  toPorts: { targets: ["dnat", "snat", "masquerade", "redirect"] },
  randomFully: { targets: ["snat", "masquerade"] },
  logPrefix: { targets: ["log"] },
  logLevel: { targets: ["log"] },
  rejectWith: { targets: ["reject"] },
  setMark: { targets: ["mark"], needed: true },
};

/** Where targets may be that may not be everywhere: the table, and its own chains; chains of people's own are asked by the kernel. */
const places: Readonly<Record<string, { table: string; chains: readonly string[] }>> = {
  dnat: { table: "nat", chains: ["PREROUTING", "OUTPUT"] },
  redirect: { table: "nat", chains: ["PREROUTING", "OUTPUT"] },
  snat: { table: "nat", chains: ["POSTROUTING", "INPUT"] },
  masquerade: { table: "nat", chains: ["POSTROUTING"] },
  reject: { table: "filter", chains: ["INPUT", "FORWARD", "OUTPUT"] },
};

/** What is wrong with a rule at its place. */
export function ruleProblems(rule: Rule, where: Where): Problem[] {
  const problems: Problem[] = [];
  const say = (property: keyof Rule, reason: string) => problems.push({ property, reason });
  const negated = (key: string) => rule.not?.includes(key as never) ?? false;
  const ported = withPorts.includes(rule.protocol ?? "") && !negated("protocol");

  for (const property of ["source", "destination", "originalDestination", "to"] as const) {
    if (rule[property] !== undefined && family(rule[property]) !== where.family) say(property, `${rule[property]} is not IPv${where.family}, as the rule is`);
  }
  for (const property of ["sourcePorts", "destinationPorts", "originalPort", "toPorts"] as const) {
    if (rule[property] !== undefined && !ported) say(property, `needs \`protocol\` to be one of ${withPorts.join(", ")}`);
  }
  const icmp = where.family === 6 ? "icmpv6" : "icmp";
  if (rule.icmpType !== undefined && rule.protocol !== icmp) say("icmpType", `needs \`protocol: "${icmp}"\``);
  else if (typeof rule.icmpType === "string" && !(rule.icmpType in icmpTypes[where.family])) say("icmpType", `"${rule.icmpType}" is none of ${Object.keys(icmpTypes[where.family]).join(", ")}, nor a number`);
  if (rule.protocol === (where.family === 6 ? "icmp" : "icmpv6")) say("protocol", `IPv${where.family} has ${icmp}`);
  if (rule.inInterface && ["OUTPUT", "POSTROUTING"].includes(where.chain)) say("inInterface", `in ${where.chain} a packet no longer has the link that it came in by`);
  if (rule.outInterface && ["PREROUTING", "INPUT"].includes(where.chain)) say("outInterface", `in ${where.chain} a packet has no link yet that it leaves by`);
  if (rule.packet !== undefined && rule.packet >= (rule.every ?? 0)) say("packet", rule.every === undefined ? "needs `every`" : `is counted from 0 to ${rule.every - 1}`);
  if (rule.every !== undefined && rule.probability !== undefined) say("every", "goes by turns, `probability` by chance: one of them");
  for (const key of rule.not ?? []) if (rule[key] === undefined) say("not", `\`${key}\` is not there to be negated`);

  for (const [property, { targets, needed }] of Object.entries(belongs) as [keyof Rule, { targets: readonly string[]; needed?: boolean }][]) {
    const fits = targets.includes(rule.target ?? "");
    if (rule[property] !== undefined && !fits) say(property, `belongs to the target ${targets.join(", ")}`);
    if (rule[property] === undefined && fits && needed) say(property, `is missing: the target ${rule.target} needs it`);
  }
  if (rule.rejectWith === "tcp-reset" && (rule.protocol !== "tcp" || negated("protocol"))) say("rejectWith", "tcp-reset answers tcp only: needs `protocol: \"tcp\"`");
  else if (rule.rejectWith !== undefined && !rejections[rule.rejectWith]?.[where.family]) say("rejectWith", `IPv${where.family} has no ${rule.rejectWith}`);
  if (rule.toChain !== undefined && isBuiltIn(rule.toChain)) say("toChain", `${rule.toChain} is a chain of the kernel's own, to which no rule can jump`);
  if (rule.target !== undefined && rule.extensions?.includes("-j")) say("target", "`extensions` holds a target already");

  const place = places[rule.target ?? ""];
  if (place && (where.table !== place.table || (isBuiltIn(where.chain) && !place.chains.includes(where.chain)))) {
    say("target", `${rule.target} is for the table ${place.table} and its chains ${place.chains.join(", ")}, or one that is jumped to from there; not for ${where.table} ${where.chain}`);
  }
  return problems;
}

/** What is wrong with the name of a chain in its table. */
export function chainProblems(where: Where): Problem[] {
  const own = Object.keys(builtIn[where.table]!);
  return isBuiltIn(where.chain) && !own.includes(where.chain) ? [{ property: "chain", reason: `the table ${where.table} has no ${where.chain}: its own chains are ${own.join(", ")}` }] : [];
}
