import { family } from "../../provider/fields.js";
import { icmpName } from "../../provider/netfilter/words.js";
import { inSubnet } from "../address.js";
import type { Chain, Match, Namespace } from "../network.js";
import { confirm, track, translate } from "./conntrack.js";
import { lost, namespaceAt, placeName, tell, unsure, type At, type Context } from "./context.js";
import type { Packet } from "./packet.js";
import { protocolNumber } from "./protocol.js";
import { addressOn, isLocal } from "./route.js";

/** The tables that each hook asks, in order (linux/netfilter_ipv4.h, enum nf_ip_hook_priorities). */
const tablesOf = {
  PREROUTING: ["raw", "mangle", "nat"],
  INPUT: ["mangle", "filter", "nat"],
  FORWARD: ["mangle", "filter"],
  OUTPUT: ["raw", "mangle", "nat", "filter"],
  POSTROUTING: ["mangle", "nat"],
} as const;

export type HookName = keyof typeof tablesOf;

/** The links by which a packet came, and goes. */
export interface Ways {
  iif?: string | undefined;
  oif?: string | undefined;
}

/** What a hook does to the address of a packet. */
const translates = { PREROUTING: "destination", OUTPUT: "destination", INPUT: "source", POSTROUTING: "source", FORWARD: undefined } as const satisfies Record<HookName, "source" | "destination" | undefined>;

/** Takes a packet through a hook: it goes on, perhaps changed, or ends here. */
export function pass(c: Context, at: At, hook: HookName, packet: Packet, ways: Ways): void {
  const ns = namespaceAt(c, at);
  if (hook === "PREROUTING" || hook === "OUTPUT") track(c, at, packet);
  for (const table of tablesOf[hook]) {
    if (table === "nat") nat(c, at, ns, hook, packet, ways);
    else decide(c, at, ns, table, hook, packet, ways);
  }
  if (hook === "INPUT" || hook === "POSTROUTING") confirm(c, at, packet);
}

/** The table nat sees the first packet of a connection; what it made of that holds for all others. */
function nat(c: Context, at: At, ns: Namespace, hook: HookName, packet: Packet, ways: Ways): void {
  const what = translates[hook];
  const { connection, state } = packet.tracked ?? {};
  if (!what || !connection) return;
  if (state === "new" && !connection.translated.has(what)) {
    decide(c, at, ns, "nat", hook, packet, ways);
    connection.translated.add(what);
  }
  const before = `${packet.src} ${packet.sport} ${packet.dst} ${packet.dport}`;
  translate(packet, what);
  if (before !== `${packet.src} ${packet.sport} ${packet.dst} ${packet.dport}`) {
    tell(c, at, `nat ${hook}: its ${what} becomes ${what === "source" ? `${packet.src}` : `${packet.dst}${packet.protocol === "icmp" ? "" : ` port ${packet.dport}`}`}`);
  }
}

/** What a chain says of a packet; nothing where none of its rules does. */
type Verdict = "accept" | "return" | undefined;

/** Asks a table's chain of the kernel's own, as each back-end has it. */
function decide(c: Context, at: At, ns: Namespace, table: string, hook: HookName, packet: Packet, ways: Ways): void {
  const of = family(packet.dst);
  const foreign = ns.netfilter.foreign;
  const there = foreign?.[`${of} ${table} ${hook}`];
  const chains = ns.netfilter.chains.filter((chain) => chain.family === of && chain.table === table && chain.name === hook);
  const walk: Walk = { c, at, ns, table, hook, packet, ways };
  const part = (chain: Chain, position: Match["position"]) => run(walk, chain, chain.rules.filter((r) => r.position === position));
  const first = new Map(chains.map((chain) => [chain, part(chain, "first")]));
  // What an iptables rule of ours has accepted, its table's other rules never see; nft has a table of its own.
  const accepted = [...first].some(([chain, verdict]) => verdict === "accept" && chain.backend !== "nft");
  if (!accepted) {
    if (foreign === undefined) unsure(at, `the rules of ${table} ${hook} in ${placeName(at)} are not known`);
    if (there && there.rules > 0) unsure(at, `${table} ${hook} in ${placeName(at)} has ${there.rules === 1 ? "a rule" : `${there.rules} rules`} that this program does not declare`, [], `look at \`iptables -t ${table} -S ${hook}\` there`);
  }
  const last = chains.map((chain) => [chain, first.get(chain) ?? part(chain, "last")] as const);
  if (last.some(([chain, verdict]) => verdict === "accept" && chain.backend !== "nft")) return;
  const policy = chains.find((chain) => chain.policy)?.policy;
  if (!policy && there && !there.policy) unsure(at, `the policy of ${table} ${hook} in ${placeName(at)} is not known`);
  if ((policy?.is ?? there?.policy) === "drop") {
    lost(at, `the policy of ${table} ${hook} in ${placeName(at)} drops ${said(packet)}`, [policy], `accept it by a FirewallRule with \`chain: "${hook}", position: "first"\``, policy ? undefined : "policy");
  }
}

interface Walk {
  c: Context;
  at: At;
  ns: Namespace;
  table: string;
  hook: HookName;
  packet: Packet;
  ways: Ways;
}

/** Rules of a chain, one after the other. */
function run(walk: Walk, chain: Chain, rules: readonly Match[]): Verdict {
  for (const rule of rules) {
    if (!matches(walk, rule)) continue;
    const end = targets[rule.target ?? ""]?.(walk, rule, chain);
    if (end) return end;
  }
  return undefined;
}

/** What becomes of a packet by each target; nothing where the next rule is asked. */
const targets: Record<string, (walk: Walk, rule: Match, chain: Chain) => Verdict> = {
  accept: () => "accept",
  return: () => "return",
  drop: (walk, rule) => refuse(walk, rule, "drops"),
  reject: (walk, rule) => refuse(walk, rule, "rejects"),
  mark: ({ packet }, { setMark = "0" }) => {
    const [value, mask = "0xffffffff"] = setMark.split("/");
    packet.mark = ((packet.mark & ~Number(mask)) | Number(value)) >>> 0;
    return undefined;
  },
  jump: (walk, rule, chain) => {
    const to = walk.ns.netfilter.chains.find((o) => o.name === rule.toChain && o.backend === chain.backend && o.family === chain.family && o.table === chain.table);
    if (!to) return unsure(walk.at, `a rule jumps to the chain ${rule.toChain}, which this program does not declare`, [rule]);
    return run(walk, to, to.rules) === "accept" ? "accept" : undefined;
  },
  dnat: (walk, rule) => {
    const { reply } = walk.packet.tracked!.connection!;
    Object.assign(reply, { src: one(walk, rule), ...port(rule, "sport") });
    return told(walk, rule);
  },
  redirect: (walk, rule) => {
    const { c, at, ns, ways, packet } = walk;
    const own = ways.iif === undefined || ways.iif === "lo" ? (family(packet.dst) === 6 ? "::1" : "127.0.0.1") : addressOn(ns, ways.iif, packet.src);
    if (own === undefined) lost(at, `nothing can be redirected to ${ways.iif}, which has no address`, [rule]);
    Object.assign(packet.tracked!.connection!.reply, { src: own, ...port(rule, "sport") });
    void c;
    return told(walk, rule);
  },
  snat: (walk, rule) => {
    Object.assign(walk.packet.tracked!.connection!.reply, { dst: one(walk, rule), ...port(rule, "dport") });
    return told(walk, rule);
  },
  masquerade: (walk, rule) => {
    const { at, ns, ways, packet } = walk;
    const own = addressOn(ns, ways.oif!, packet.dst);
    if (own === undefined) lost(at, `nothing can be masqueraded by ${ways.oif}, which has no address`, [rule], `give ${ways.oif} an address`);
    Object.assign(packet.tracked!.connection!.reply, { dst: own, ...port(rule, "dport") });
    return told(walk, rule);
  },
};

function told({ c, at, table, hook }: Walk, rule: Match): Verdict {
  tell(c, at, `${table} ${hook}: ${rule.target}${rule.to ? ` to ${rule.to}` : ""}${rule.toPorts ? ` port ${rule.toPorts}` : ""}`, rule);
  return "accept";
}

function refuse({ at, table, hook, packet }: Walk, rule: Match, verb: string): never {
  lost(at, `a rule in ${table} ${hook} of ${placeName(at)} ${verb} ${said(packet)}`, [rule], "let it through by a rule before that, or take that rule away");
}

/** An address, of a range by chance. */
function one({ at }: Walk, { to }: Match): string {
  if (to?.includes("-")) unsure(at, `${to} is a range, of which any may be taken`);
  return to!;
}

function port(rule: Match, key: "sport" | "dport"): object {
  if (rule.toPorts === undefined || String(rule.toPorts).includes("-")) return {};
  return { [key]: Number(rule.toPorts) };
}

const said = ({ protocol, src, dst, dport, opens }: Packet) => `${protocol} ${opens ? "" : "answers "}from ${src} to ${dst}${protocol === "icmp" || !opens ? "" : ` port ${dport}`}`;

const named = (pattern: string, link: string | undefined) => link !== undefined && (pattern.endsWith("+") ? link.startsWith(pattern.slice(0, -1)) : link === pattern);

const within = (ports: number | string | (number | string)[], port: number) =>
  [ports].flat().some((range) => {
    const [from, to = from] = String(range).split("-").map(Number);
    return port >= from! && port <= to!;
  });

const withPorts = ["tcp", "udp", "sctp"];

/** Whether one property of a rule fits; what cannot be told ends the walk. */
const fits: { [K in keyof Match]?: (wanted: NonNullable<Match[K]>, walk: Walk, rule: Match) => boolean } = {
  protocol: (wanted, { packet }) => {
    const of = family(packet.dst);
    return protocolNumber(packet.protocol, of) === protocolNumber(wanted, of);
  },
  source: (wanted, { packet }) => inSubnet(packet.src, wanted),
  destination: (wanted, { packet }) => inSubnet(packet.dst, wanted),
  inInterface: (wanted, { ways }) => named(wanted, ways.iif),
  outInterface: (wanted, { ways }) => named(wanted, ways.oif),
  sourcePorts: (wanted, { packet }) => withPorts.includes(packet.protocol) && within(wanted, packet.sport),
  destinationPorts: (wanted, { packet }) => withPorts.includes(packet.protocol) && within(wanted, packet.dport),
  icmpType: (wanted, { packet }) => packet.protocol === "icmp" && icmpName(family(packet.dst), wanted) === (packet.opens ? "echo-request" : "echo-reply"),
  ctstate: (wanted, { packet }) => {
    const { state, connection } = packet.tracked ?? { state: "untracked" };
    const moved = connection && [connection.original.dst !== connection.reply.src || connection.original.dport !== connection.reply.sport ? "dnat" : "", connection.original.src !== connection.reply.dst || connection.original.sport !== connection.reply.dport ? "snat" : ""];
    return wanted.includes(state) || (moved ?? []).some((m) => wanted.includes(m));
  },
  originalDestination: (wanted, { packet }) => packet.tracked?.connection !== undefined && inSubnet(packet.tracked.connection.original.dst, wanted),
  originalPort: (wanted, { packet }) => packet.tracked?.connection !== undefined && within(wanted, packet.tracked.connection.original.dport),
  srcType: (wanted, walk) => typeOf(walk, walk.packet.src) === wanted,
  dstType: (wanted, walk) => typeOf(walk, walk.packet.dst) === wanted,
  mark: (wanted, { packet }) => {
    const [value, mask = "0xffffffff"] = wanted.split("/");
    return ((packet.mark & Number(mask)) >>> 0) === Number(value);
  },
  probability: (_wanted, { c }) => c.choose(2) === 0,
  every: (_wanted, { c }) => c.choose(2) === 0,
  extensions: (_wanted, { at, table, hook }, rule) => unsure(at, `a rule of ${table} ${hook} has a match that is not modelled (${rule.extensions!.join(" ")})`, [rule]),
};

function typeOf({ ns }: Walk, address: string): string {
  if (isLocal(ns, address)) return "local";
  return /^(22[4-9]|23\d)\./.test(address) || address.startsWith("ff") ? "multicast" : "unicast";
}

/** Chance is asked last: only of what all else fits. */
const asked = Object.keys(fits).sort((a, b) => Number(["probability", "every", "extensions"].includes(a)) - Number(["probability", "every", "extensions"].includes(b))) as (keyof Match)[];

function matches(walk: Walk, rule: Match): boolean {
  return asked.every((key) => {
    const wanted = rule[key];
    if (wanted === undefined) return true;
    return (fits[key] as (wanted: unknown, walk: Walk, rule: Match) => boolean)(wanted, walk, rule) !== (rule.not?.includes(key) ?? false);
  });
}
