import { canonicalIp } from "../fields.js";
import { equal } from "../plan.js";
import { canonicalPorts, canonicalRule, portList, probability, readMark, spellMark, steps, type Rule } from "./rule.js";
import { defaultLogLevel, defaultRejection, icmpName, logLevels, readProtocol, rejections, spellProtocol, type Protocol } from "./words.js";

type Family = 4 | 6;
type Json = any;

const ALL_BITS = 0xffff_ffff;

/** A match as libnftables-json(5) has it. */
interface Match {
  op: string;
  left: Json;
  right: Json;
}

/** How a property is matched. `read` says what it reads from a match, and nothing where the match is another one's. */
interface Matched {
  key: keyof Rule;
  write(rule: Rule, family: Family): Match;
  read(match: Match, family: Family): Partial<Rule> | undefined;
}

const meta = (key: string) => ({ meta: { key } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const original = (key: string) => ({ ct: { key, dir: "original" } });
const ip = (family: Family) => (family === 6 ? "ip6" : "ip");

const address = (key: "source" | "destination" | "originalDestination", field: (family: Family) => Json): Matched => ({
  key,
  write: (rule, family) => {
    const [addr, len] = rule[key]!.split("/");
    return { op: "==", left: field(family), right: Number(len) === (family === 6 ? 128 : 32) ? addr : { prefix: { addr, len: Number(len) } } };
  },
  read: ({ left, right }, family) => {
    if (!equal(left, field(family))) return undefined;
    const { addr, len } = right.prefix ?? { addr: right, len: family === 6 ? 128 : 32 };
    return typeof addr === "string" ? { [key]: `${canonicalIp(addr) ?? addr}/${len}` } : undefined;
  },
});

const link = (key: "inInterface" | "outInterface", word: string): Matched => ({
  key,
  write: (rule) => ({ op: "==", left: meta(word), right: rule[key]!.replace(/\+$/, "*") }),
  read: ({ left, right }) => (left.meta?.key === word && typeof right === "string" ? { [key]: right.replace(/\*$/, "+") } : undefined),
});

/** A port, or a range; both directions. */
const writePort = (value: number | string): Json => (typeof value === "number" ? value : { range: value.split("-").map(Number) });
const readPort = (value: Json): number | string => (typeof value === "number" ? value : value.range.join("-"));

const ports = (key: "sourcePorts" | "destinationPorts", field: string): Matched => ({
  key,
  write: (rule) => {
    const list = portList(rule[key]!).map(writePort);
    return { op: "==", left: payload(rule.protocol!, field), right: list.length === 1 ? list[0] : { set: list } };
  },
  // Of a protocol whose ports are matched, nft prints no match of its own.
  read: ({ left, right }) => (left.payload?.field === field ? { protocol: readProtocol(left.payload.protocol) as Protocol, [key]: canonicalPorts([right.set ?? right].flat().map(readPort)) } : undefined),
});

const type = (key: "srcType" | "dstType", flag: string): Matched => ({
  key,
  write: (rule) => ({ op: "==", left: { fib: { result: "type", flags: [flag] } }, right: rule[key] }),
  read: ({ left, right }) => (left.fib?.result === "type" && String(left.fib.flags) === flag ? { [key]: right } : undefined),
});

/** States that nftables keeps apart from the others, as the connection's status. */
const isStatus = (state: string) => state === "snat" || state === "dnat";

const numgen = (mode: string, mod: number) => ({ numgen: { mode, mod, offset: 0 } });

const matches: readonly Matched[] = [
  link("inInterface", "iifname"),
  link("outInterface", "oifname"),
  address("source", (family) => payload(ip(family), "saddr")),
  address("destination", (family) => payload(ip(family), "daddr")),
  {
    key: "protocol",
    write: (rule) => ({ op: "==", left: meta("l4proto"), right: spellProtocol(rule.protocol as Protocol) }),
    read: ({ left, right }) => (left.meta?.key === "l4proto" && typeof right !== "object" ? { protocol: readProtocol(right) as Protocol } : undefined),
  },
  ports("sourcePorts", "sport"),
  ports("destinationPorts", "dport"),
  {
    key: "icmpType",
    write: (rule) => ({ op: "==", left: payload(rule.protocol!, "type"), right: rule.icmpType }),
    read: ({ left, right }, family) => (left.payload?.field === "type" && typeof right !== "object" ? { protocol: left.payload.protocol, icmpType: icmpName(family, right) } : undefined),
  },
  {
    key: "ctstate",
    // A set is negated as a whole; a list of bits would be compared bit by bit.
    write: (rule) => ({ op: "in", left: { ct: { key: rule.ctstate!.some(isStatus) ? "status" : "state" } }, right: rule.not?.includes("ctstate") ? { set: rule.ctstate } : rule.ctstate }),
    read: ({ left, right }) => (left.ct?.key === "state" || left.ct?.key === "status" ? { ctstate: [right.set ?? right].flat() } : undefined),
  },
  address("originalDestination", (family) => original(`${ip(family)} daddr`)),
  {
    key: "originalPort",
    write: (rule) => ({ op: "==", left: original("proto-dst"), right: writePort(rule.originalPort!) }),
    read: ({ left, right }) => (equal(left, original("proto-dst")) && (typeof right === "number" || right.range) ? { originalPort: readPort(right) } : undefined),
  },
  type("srcType", "saddr"),
  type("dstType", "daddr"),
  {
    key: "mark",
    write: (rule) => {
      const { value, mask } = readMark(rule.mark!);
      return { op: "==", left: mask === ALL_BITS ? meta("mark") : { "&": [meta("mark"), mask] }, right: value };
    },
    read: ({ left, right }) => {
      const [of, mask] = left["&"] ?? [left, ALL_BITS];
      return of.meta?.key === "mark" && typeof right === "number" ? { mark: spellMark({ value: right, mask }) } : undefined;
    },
  },
  {
    key: "probability",
    write: (rule) => ({ op: "<", left: numgen("random", steps(rule.probability!).of), right: steps(rule.probability!).chosen }),
    read: ({ op, left, right }) => (op === "<" && left.numgen?.mode === "random" ? { probability: probability(right / left.numgen.mod) } : undefined),
  },
  {
    key: "every",
    write: (rule) => ({ op: "==", left: numgen("inc", rule.every!), right: rule.packet ?? 0 }),
    read: ({ op, left, right }) => (op === "==" && left.numgen?.mode === "inc" && !left.numgen.offset ? { every: left.numgen.mod, packet: right } : undefined),
  },
];

/** Addresses, or a range of them; both directions. */
const writeAddresses = (value: string): Json => (value.includes("-") ? { range: value.split("-") } : value);
const readAddresses = (value: Json): string => (typeof value === "string" ? value : value.range.join("-"));

/** What the NAT statements hold. */
const writeNat = (rule: Rule): Json => {
  const nat = { ...(rule.to && { addr: writeAddresses(rule.to) }), ...(rule.toPorts !== undefined && { port: writePort(rule.toPorts) }), ...(rule.randomFully && { flags: "fully-random" }) };
  return Object.keys(nat).length ? nat : null;
};
const readNat = (nat: Json): Partial<Rule> | undefined => {
  const { addr, port, flags, ...more } = nat ?? {};
  if (Object.keys(more).length || (flags !== undefined && String(flags) !== "fully-random")) return undefined;
  return { ...(addr && { to: readAddresses(addr) }), ...(port !== undefined && { toPorts: readPort(port) }), ...(flags && { randomFully: true }) };
};

const nftLevel = (level: string) => (level === "warning" ? "warn" : level);

/** A target's statement: its name and what it holds. */
interface Statement {
  name: string;
  write(rule: Rule, family: Family): Json;
  read(held: Json, family: Family): Partial<Rule> | undefined;
}

const verdict = (name: string): Statement => ({ name, write: () => null, read: () => ({}) });
const nat = (name: string): Statement => ({ name, write: writeNat, read: readNat });

const statements: Readonly<Record<string, Statement>> = {
  accept: verdict("accept"),
  drop: verdict("drop"),
  return: verdict("return"),
  reject: {
    name: "reject",
    write: (rule, family) => rejections[rule.rejectWith ?? defaultRejection]?.[family]?.nft,
    read: (held, family) => {
      const { type, expr } = held ?? rejections[defaultRejection]![family]!.nft;
      const word = Object.keys(rejections).find((w) => rejections[w]![family]?.nft.type === type && rejections[w]![family]?.nft.expr === expr);
      return word === undefined ? undefined : { rejectWith: word };
    },
  },
  jump: { name: "jump", write: (rule) => ({ target: rule.toChain }), read: (held) => ({ toChain: held.target }) },
  log: {
    name: "log",
    write: (rule) => ({ ...(rule.logPrefix && { prefix: rule.logPrefix }), level: nftLevel(rule.logLevel ?? defaultLogLevel) }),
    read: (held) => {
      const { prefix, level = nftLevel(defaultLogLevel), ...more } = held ?? {};
      return Object.keys(more).length ? undefined : { ...(prefix && { logPrefix: prefix }), logLevel: logLevels.find((l) => nftLevel(l) === level) };
    },
  },
  mark: {
    name: "mangle",
    write: (rule) => {
      const { value, mask } = readMark(rule.setMark!);
      return { key: meta("mark"), value: mask === ALL_BITS ? value : { "|": [{ "&": [meta("mark"), ~mask >>> 0] }, value] } };
    },
    read: ({ key, value }) => (key.meta?.key === "mark" ? readSetMark(value) : undefined),
  },
  dnat: nat("dnat"),
  snat: nat("snat"),
  masquerade: nat("masquerade"),
  redirect: nat("redirect"),
};

/** nft keeps bits that are set anyway, and leaves out an operation that does nothing. */
function readSetMark(value: Json): Partial<Rule> | undefined {
  if (typeof value === "number") return { setMark: spellMark({ value, mask: ALL_BITS }) };
  const [left, set] = value["|"] ?? [value, 0];
  const [of, kept] = left["&"] ?? [left, ALL_BITS];
  return of.meta?.key === "mark" && typeof set === "number" && typeof kept === "number" ? { setMark: spellMark({ value: set, mask: (~kept | set) >>> 0 }) } : undefined;
}

const counter = { counter: { packets: 0, bytes: 0 } };

/** A rule as expressions of nftables. It counts its packets, as iptables' rules do. */
export function writeRule(rule: Rule, family: Family): Json[] {
  const negated = (key: keyof Rule) => rule.not?.includes(key as never);
  const written = matches.filter(({ key }) => rule[key] !== undefined).map(({ key, write }) => {
    const match = write(rule, family);
    return { match: negated(key) ? { ...match, op: "!=" } : match };
  });
  const statement = rule.target === undefined ? undefined : statements[rule.target]!;
  return [...written, ...(rule.extensions ?? []).map((text) => JSON.parse(text) as Json), counter, ...(statement ? [{ [statement.name]: statement.write(rule, family) }] : [])];
}

/** Reads the expressions of a rule; what has no property is kept in `extensions`. */
export function readRule(expressions: readonly Json[], family: Family): Partial<Rule> {
  const rule: Record<string, unknown> = {};
  const not: string[] = [];
  const rest: string[] = [];
  for (const expression of expressions) {
    if (expression.counter) continue;
    const { match } = expression as { match?: Match };
    const [key, read] = match ? readMatch(match, family) : readStatement(expression, family);
    const taken = key === undefined || rule[key] !== undefined;
    if (taken) rest.push(JSON.stringify(expression));
    else {
      Object.assign(rule, read);
      if (match?.op === "!=") not.push(key);
    }
  }
  return canonicalRule({ ...rule, ...(not.length ? { not } : {}), ...(rest.length ? { extensions: rest } : {}) } as Partial<Rule>, family);
}

type Reading = [key: string, read: Partial<Rule>] | [];

function readMatch(match: Match, family: Family): Reading {
  const compares = ["==", "!=", "in"].includes(match.op);
  for (const { key, read } of matches) {
    const found = compares || key === "probability" ? read(match, family) : undefined;
    if (found) return [key, found];
  }
  return [];
}

function readStatement(expression: Json, family: Family): Reading {
  const target = Object.keys(statements).find((t) => statements[t]!.name in expression);
  const read = target === undefined ? undefined : statements[target]!.read(expression[statements[target]!.name], family);
  return read ? ["target", { target: target as Rule["target"], ...read }] : [];
}
