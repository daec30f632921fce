import { family, network } from "../fields.js";
import { defaultLogLevel, defaultRejection, icmpName, icmpTypes, logLevels, readProtocol, rejections, spellProtocol, type Protocol } from "./words.js";
import { canonicalPorts, canonicalRule, portList, probability, readMark, spellMark, type Rule } from "./rule.js";

type Family = 4 | 6;

/** A match: the words that go before its flag, the flag that may be negated, and what it is given. */
interface Written {
  before?: string[];
  flag: string;
  value: (string | number)[];
}

/** How a property is written, and by which flags it is read. */
interface Match {
  key: keyof Rule;
  write(rule: Rule, family: Family): Written;
  flags: Record<string, (value: string, family: Family) => unknown>;
}

const withLength = (value: string, family: Family) => {
  const full = value.includes("/") ? value : `${value}/${family === 6 ? 128 : 32}`;
  return `${network(full)}/${full.split("/")[1]}`;
};

/** One address without its length: of a rule that was made with `--ctorigdst 10.96.0.80/32`, `-S` prints what `-D` does not take for it (1.8.9). */
const alone = (value: string) => value.replace(family(value) === 6 ? /\/128$/ : /\/32$/, "");

/** Ports in iptables' spelling, which has a colon for a range, and a list for the extension `multiport` only. */
const colon = (value: number | string) => String(value).replace("-", ":");
const readPorts = (value: string) => canonicalPorts(value.replaceAll(":", "-").split(","));

const plain = (key: keyof Rule, flag: string, read: (value: string, family: Family) => unknown = (v) => v): Match => ({
  key,
  write: (rule) => ({ flag, value: [String(rule[key])] }),
  flags: { [flag]: read },
});

const ports = (key: "sourcePorts" | "destinationPorts", one: string, many: string): Match => ({
  key,
  write: (rule) => {
    const list = portList(rule[key]!);
    return list.length === 1 ? { before: ["-m", rule.protocol!], flag: one, value: [colon(list[0]!)] } : { before: ["-m", "multiport"], flag: many, value: [list.map(colon).join(",")] };
  },
  flags: { [one]: readPorts, [many]: readPorts },
});

const extension = (key: keyof Rule, before: string[], flag: string, spell: (value: any) => string | number = String, read: (value: string, family: Family) => unknown = (v) => v): Match => ({
  key,
  write: (rule) => ({ before: ["-m", ...before], flag, value: [spell(rule[key])] }),
  flags: { [flag]: read },
});

const upper = (value: string) => value.toUpperCase();
const lower = (value: string) => value.toLowerCase();

const matches: readonly Match[] = [
  plain("source", "-s", withLength),
  plain("destination", "-d", withLength),
  plain("inInterface", "-i"),
  plain("outInterface", "-o"),
  { key: "protocol", write: (rule) => ({ flag: "-p", value: [spellProtocol(rule.protocol as Protocol)] }), flags: { "-p": readProtocol } },
  ports("sourcePorts", "--sport", "--sports"),
  ports("destinationPorts", "--dport", "--dports"),
  {
    key: "icmpType",
    write: (rule, family) => ({ before: ["-m", family === 6 ? "icmp6" : "icmp"], flag: family === 6 ? "--icmpv6-type" : "--icmp-type", value: [icmpTypes[family][rule.icmpType!] ?? rule.icmpType!] }),
    flags: { "--icmp-type": (v) => icmpName(4, v), "--icmpv6-type": (v) => icmpName(6, v) },
  },
  extension("ctstate", ["conntrack"], "--ctstate", (v: string[]) => upper(v.join(",")), (v) => lower(v).split(",")),
  extension("originalDestination", ["conntrack"], "--ctorigdst", alone, withLength),
  extension("originalPort", ["conntrack"], "--ctorigdstport", colon, readPorts),
  extension("srcType", ["addrtype"], "--src-type", upper, lower),
  extension("dstType", ["addrtype"], "--dst-type", upper, lower),
  extension("mark", ["mark"], "--mark", String, (v) => spellMark(readMark(v))),
  extension("probability", ["statistic", "--mode", "random"], "--probability", String, (v) => probability(Number(v))),
  extension("every", ["statistic", "--mode", "nth"], "--every", String, Number),
];

/** A property that another one's match has along. */
const packet = { key: "packet" as const, flag: "--packet" };

/** An option of a target. */
interface TargetOption {
  flag: string;
  /** Undefined where there is nothing to say. */
  write(rule: Rule, family: Family): string | number | true | undefined;
  read(value: string, family: Family): Partial<Rule>;
}

/** `10.244.1.2:9090`, `[fd00::1]:9090`, either with ranges, or without a port. */
const toOption = (flag: string): TargetOption => ({
  flag,
  write: (rule, family) => (rule.toPorts === undefined ? rule.to! : `${family === 6 ? `[${rule.to}]` : rule.to}:${rule.toPorts}`),
  read: (value, family) => {
    const [, to, toPorts] = (family === 6 ? /^\[(.*)\]:(.*)$/ : /^([^:]*):(.*)$/).exec(value) ?? [undefined, value, undefined];
    return { to, ...(toPorts === undefined ? {} : { toPorts: canonicalPorts([toPorts]) as number | string }) };
  },
});
const toPortsOption: TargetOption = { flag: "--to-ports", write: (rule) => rule.toPorts, read: (value) => ({ toPorts: canonicalPorts([value]) as number | string }) };
const randomFully: TargetOption = { flag: "--random-fully", write: (rule) => rule.randomFully || undefined, read: () => ({ randomFully: true }) };

const targetOptions: Readonly<Record<string, readonly TargetOption[]>> = {
  accept: [],
  drop: [],
  return: [],
  reject: [
    {
      flag: "--reject-with",
      write: (rule, family) => rejections[rule.rejectWith ?? defaultRejection]?.[family]?.iptables,
      read: (value, family) => ({ rejectWith: Object.keys(rejections).find((word) => rejections[word]![family]?.iptables === value) ?? value }),
    },
  ],
  log: [
    { flag: "--log-prefix", write: (rule) => rule.logPrefix, read: (value) => ({ logPrefix: value }) },
    { flag: "--log-level", write: (rule) => logLevels.indexOf(rule.logLevel ?? defaultLogLevel), read: (value) => ({ logLevel: logLevels[Number(value)] }) },
  ],
  mark: [
    {
      flag: "--set-xmark",
      write: (rule) => {
        const { value, mask } = readMark(rule.setMark!);
        return `0x${value.toString(16)}/0x${mask.toString(16)}`;
      },
      read: (value) => ({ setMark: spellMark(readMark(value)) }),
    },
  ],
  dnat: [toOption("--to-destination")],
  snat: [toOption("--to-source"), randomFully],
  masquerade: [toPortsOption, randomFully],
  redirect: [toPortsOption],
};

function writeTarget(rule: Rule, family: Family): string[] {
  if (rule.target === undefined) return [];
  if (rule.target === "jump") return ["-j", rule.toChain!];
  const options = targetOptions[rule.target]!.flatMap(({ flag, write }) => {
    const value = write(rule, family);
    return value === undefined ? [] : value === true ? [flag] : [flag, String(value)];
  });
  return ["-j", upper(rule.target), ...options];
}

/** A rule as arguments of iptables, after the chain's name. */
export function writeRule(rule: Rule, family: Family, comment = rule.comment): string[] {
  const words = matches.filter(({ key }) => rule[key] !== undefined).flatMap(({ key, write }) => {
    const { before = [], flag, value } = write(rule, family);
    const along = key === "every" ? [packet.flag, rule.packet ?? 0] : [];
    return [...before, ...(rule.not?.includes(key as never) ? ["!"] : []), flag, ...value, ...along].map(String);
  });
  return [...words, ...(comment === undefined ? [] : ["-m", "comment", "--comment", comment]), ...(rule.extensions ?? []), ...writeTarget(rule, family)];
}

const byFlag = new Map(matches.flatMap(({ key, flags }) => Object.entries(flags).map(([flag, read]) => [flag, { key, read }] as const)));
const known = new Set(["tcp", "udp", "sctp", "icmp", "icmp6", "multiport", "conntrack", "addrtype", "mark", "statistic", "comment"]);

/** Reads the target and its options: undefined where there is one that has no property. */
function readTarget(words: readonly string[], family: Family): Partial<Rule> | undefined {
  const [, name = "", ...rest] = words;
  const options = targetOptions[lower(name)];
  if (name !== upper(name) || !options) return words[0] === "-j" && rest.length === 0 ? { target: "jump", toChain: name } : undefined;
  const read: Partial<Rule> = { target: lower(name) as Rule["target"] };
  for (let i = 0; i < rest.length; i++) {
    const option = options.find(({ flag }) => flag === rest[i]);
    if (!option) return undefined;
    const bare = option === randomFully;
    Object.assign(read, option.read(bare ? "" : rest[++i]!, family));
  }
  return read;
}

/** Reads the arguments of a rule as `-S` prints them; what has no property is kept in `extensions`. */
export function readRule(words: readonly string[], family: Family): Partial<Rule> {
  const rule: Record<string, unknown> = {};
  const not: string[] = [];
  const rest: string[] = [];
  let module: string | undefined;
  let told = false; // whether `rest` has that module's name
  let i = 0;
  /** A flag's words that nobody here knows, up to the next flag. */
  const keep = (negated: boolean) => {
    if (module !== undefined && !told) rest.push("-m", module);
    told = true;
    if (negated) rest.push("!");
    do rest.push(words[i++]!);
    while (i < words.length && words[i] !== "!" && !words[i]!.startsWith("-"));
  };
  while (i < words.length) {
    const negated = words[i] === "!";
    if (negated) i++;
    const flag = words[i]!;
    if (flag === "-j" || flag === "-g") break;
    if (flag === "-m") {
      [module, told] = [words[i + 1], false];
      i += 2;
      continue;
    }
    const ours = module === undefined || known.has(module);
    const match = ours ? byFlag.get(flag) : undefined;
    if (match && rule[match.key] === undefined) {
      rule[match.key] = match.read(words[i + 1]!, family);
      if (negated) not.push(match.key);
      i += 2;
    } else if (ours && flag === packet.flag) {
      rule[packet.key] = Number(words[i + 1]);
      i += 2;
    } else if (ours && flag === "--mode") i += 2;
    else if (flag === "--comment" && !negated && rule.comment === undefined) {
      rule.comment = words[i + 1];
      i += 2;
    } else keep(negated);
  }
  const target = i < words.length ? readTarget(words.slice(i), family) : {};
  if (target) Object.assign(rule, target);
  else rest.push(...words.slice(i));
  return canonicalRule({ ...rule, ...(not.length ? { not } : {}), ...(rest.length ? { extensions: rest } : {}) } as Partial<Rule>, family);
}

/** The words of each line that iptables printed: separated by blanks, quoted where they hold anything else. */
export function lines(text: string): string[][] {
  const all: string[][] = [[]];
  for (const [, quoted, word] of text.matchAll(/"((?:[^"\\]|\\[^])*)"|([^\s"]+)|\n/g)) {
    if (quoted !== undefined) all.at(-1)!.push(quoted.replaceAll(/\\([^])/g, "$1"));
    else if (word !== undefined) all.at(-1)!.push(word);
    else all.push([]);
  }
  return all.filter((line) => line.length > 0);
}

/** A line for iptables-restore. */
export function line(words: readonly string[]): string {
  return words.map((w) => (/^[\w.,:/@%+=!-]+$/.test(w) ? w : `"${w.replaceAll(/["\\]/g, "\\$&")}"`)).join(" ");
}
