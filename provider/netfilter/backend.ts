import { inNetns } from "../iproute2.js";
import type { Argv } from "../kind.js";
import * as iptables from "./iptables.js";
import * as nft from "./nft.js";
import type { Rule, Where } from "./rule.js";
import { dropTagged, inOurTable, inTable } from "./scripts.js";
import { builtIn } from "./words.js";

/** What netfilter is told by, a command's name each: iptables in either flavour, or nft. */
export const backends = ["iptables", "iptables-nft", "iptables-legacy", "nft"] as const;

/** Seconds to wait for whoever else holds the lock of xtables. */
const WAIT = ["-w", "30"];

/** A chain, and by what it is reached. */
export interface Place extends Where {
  netns?: string | undefined;
  backend?: string | undefined;
}

/** A rule as it was seen in a chain. */
export interface Seen {
  /** Its place among the chain's rules, from 1. */
  index: number;
  /** The mark that linuxnet knows it by, where it is one of linuxnet's. */
  tag?: string;
  rule: Partial<Rule>;
  /** What takes exactly it away: its arguments (iptables), its handle (nft). */
  handle: string[] | number;
}

export interface Marked {
  rule: Rule;
  tag?: string;
}

export type Position = "first" | "last";

/** How one back-end is spoken to. Every change is one step: all of it is there after it, or none. */
interface Backend {
  show(place: Place): Argv;
  /** The chain's rules, in order; undefined where there is no such chain. */
  read(shown: string, place: Place): Seen[] | undefined;
  insert(place: Place, marked: Marked, position: Position): Argv[];
  /** Puts one rule where the first of some was, or somewhere else, and takes those away. */
  replace(place: Place, old: Seen[], marked: Marked, position?: Position): Argv[];
  remove(place: Place, old: Seen[]): Argv[];
  /** Takes away a rule of ours as it was written, without having seen it. */
  unmake(place: Place, marked: Marked): Argv[];
  /** Makes a chain, or gives it other rules. */
  fill(place: Place, rules: Rule[]): Argv[];
  removeChain(place: Place): Argv[];
}

const TAGGED = /^linuxnet:([0-9a-z]+)(?: ([^]*))?$/;

/** The comment of a rule: the mark that linuxnet knows it by, and what is said for people. */
const commentOf = ({ rule, tag }: Marked) => (tag === undefined ? rule.comment : ["linuxnet:" + tag, rule.comment].filter((part) => part !== undefined).join(" "));

function readComment(comment: string | undefined): { tag?: string; comment?: string } {
  const [, tag, text] = TAGGED.exec(comment ?? "") ?? [];
  return tag === undefined ? (comment === undefined ? {} : { comment }) : { tag, ...(text === undefined ? {} : { comment: text }) };
}

function seen(index: number, { comment: whole, ...rule }: Partial<Rule>, handle: string[] | number): Seen {
  const { tag, comment } = readComment(whole);
  return { index, ...(tag === undefined ? {} : { tag }), rule: { ...rule, ...(comment === undefined ? {} : { comment }) }, handle };
}

const nftFamily = ({ family }: Place) => (family === 6 ? "ip6" : "ip");

/** The command of a back-end for the family: ip6tables-legacy, ip6tables-legacy-restore. */
export const commandOf = ({ backend, family }: Place, suffix = "") => `${family === 6 ? backend!.replace("iptables", "ip6tables") : backend}${suffix}`;

/** A command in the chain's namespace, with what it reads. */
const there = (place: Place, argv: Argv, input?: string): Argv => Object.assign(inNetns(place.netns, ...argv), input === undefined ? {} : { input: `${input}\n` });

/** A command that changes something, by the tool that leaves no empty table behind where the command makes tables. */
const changing = (place: Place, argv: Argv, input?: string): Argv[] => [there(place, place.backend === "iptables-nft" ? inTable(commandOf(place), nftFamily(place), place.table, place.chain, builtIn[place.table]![place.chain], argv) : argv, input)];

const call = (place: Place, ...words: string[]) => changing(place, [commandOf(place), ...WAIT, "-t", place.table, ...words]);

/** One transaction of iptables-restore: a chain that is to be there and empty, and rules. */
const restore = (place: Place, lines: string[][], empty = false) =>
  changing(place, [commandOf(place, "-restore"), ...WAIT, "--noflush"], [`*${place.table}`, ...(empty ? [`:${place.chain} - [0:0]`] : []), ...lines.map(iptables.line), "COMMIT"].join("\n"));

const words = (place: Place, marked: Marked) => iptables.writeRule(marked.rule, place.family, commentOf(marked));

const byIptables: Backend = {
  show: (place) => inNetns(place.netns, commandOf(place), ...WAIT, "-t", place.table, "-S", place.chain),
  read: (shown, place) => {
    const lines = iptables.lines(shown);
    if (!lines.some(([verb, chain]) => (verb === "-P" || verb === "-N") && chain === place.chain)) return undefined;
    return lines.filter(([verb]) => verb === "-A").map((l, i) => seen(i + 1, iptables.readRule(l.slice(2), place.family), l.slice(2)));
  },
  insert: (place, marked, position) => call(place, position === "first" ? "-I" : "-A", place.chain, ...words(place, marked)),
  replace: (place, old, marked, position) => {
    const at = { first: ["-I", place.chain], last: ["-A", place.chain], there: ["-I", place.chain, String(old[0]!.index)] }[position ?? "there"];
    return restore(place, [...old.map(({ handle }) => ["-D", place.chain, ...(handle as string[])]), [...at, ...words(place, marked)]]);
  },
  remove: (place, old) =>
    old.length === 1 ? call(place, "-D", place.chain, ...(old[0]!.handle as string[])) : restore(place, old.map(({ handle }) => ["-D", place.chain, ...(handle as string[])])),
  unmake: (place, marked) => call(place, "-D", place.chain, ...words(place, marked)),
  fill: (place, rules) => restore(place, rules.map((rule) => ["-A", place.chain, ...words(place, { rule })]), true),
  removeChain: (place) => restore(place, [["-X", place.chain]], true),
};

/** The table that is ours alone; a chain in it is named after the table that it would be in with iptables. */
const TABLE = "linuxnet";
const nftName = ({ table }: Place, chain: string) => `${table}-${chain}`;

/** One transaction of nft. */
const transaction = (place: Place, changes: object[]) => [there(place, inOurTable(nftFamily(place), TABLE), JSON.stringify({ nftables: changes }))];

const inTableOf = (place: Place) => ({ family: nftFamily(place), table: TABLE });
const chainOf = (place: Place) => ({ ...inTableOf(place), name: nftName(place, place.chain) });
const ruleOf = (place: Place, marked: Marked) => {
  const { target, toChain, ...rest } = marked.rule;
  const rule = { ...rest, ...(target && { target }), ...(toChain && { toChain: nftName(place, toChain) }) } as Rule;
  return { ...inTableOf(place), chain: nftName(place, place.chain), expr: nft.writeRule(rule, place.family), comment: commentOf(marked) };
};

/** Makes the table and, where it is one that iptables has by itself, the chain. Both may be there. */
const prepare = (place: Place) => {
  const base = builtIn[place.table]![place.chain];
  return [{ add: { table: { family: nftFamily(place), name: TABLE } } }, ...(base ? [{ add: { chain: { ...chainOf(place), ...base, policy: "accept" } } }] : [])];
};

const handled = (place: Place, { handle }: Seen) => ({ ...inTableOf(place), chain: nftName(place, place.chain), handle });

const byNft: Backend = {
  show: (place) => inNetns(place.netns, "nft", "-j", "list", "chain", nftFamily(place), TABLE, nftName(place, place.chain)),
  read: (shown, place) => {
    const { nftables } = JSON.parse(shown) as { nftables: any[] };
    const prefix = nftName(place, "");
    return nftables.filter((one) => one.rule).map(({ rule }, i) => {
      const { toChain, ...read } = nft.readRule(rule.expr, place.family);
      return seen(i + 1, { ...read, ...(toChain && { toChain: toChain.startsWith(prefix) ? toChain.slice(prefix.length) : toChain }), comment: rule.comment }, rule.handle);
    });
  },
  insert: (place, marked, position) => transaction(place, [...prepare(place), { [position === "first" ? "insert" : "add"]: { rule: ruleOf(place, marked) } }]),
  replace: (place, old, marked, position) => {
    // nft's own `replace` ends in an assertion where a rule has a list of ranges (1.0.6).
    const at = { first: { insert: {} }, last: { add: {} }, there: { insert: { handle: old[0]!.handle } } }[position ?? "there"];
    const put = Object.entries(at).map(([verb, before]) => ({ [verb]: { rule: { ...ruleOf(place, marked), ...before } } }));
    return transaction(place, [...put, ...old.map((o) => ({ delete: { rule: handled(place, o) } }))]);
  },
  remove: (place, old) => transaction(place, old.map((o) => ({ delete: { rule: handled(place, o) } }))),
  unmake: (place, { tag }) => [there(place, dropTagged(nftFamily(place), TABLE, nftName(place, place.chain), tag!))],
  fill: (place, rules) =>
    transaction(place, [...prepare(place), { add: { chain: chainOf(place) } }, { flush: { chain: chainOf(place) } }, ...rules.map((rule) => ({ add: { rule: ruleOf(place, { rule }) } }))]),
  removeChain: (place) => transaction(place, [{ delete: { chain: chainOf(place) } }]),
};

/** The back-end of a chain. */
export function backendOf(place: Place): Backend {
  return place.backend === "nft" ? byNft : byIptables;
}

/** The policy of one of the kernel's own chains, and how to set it; nft has none. */
export const policy = {
  show: byIptables.show,
  read: (shown: string, place: Place): string | undefined => iptables.lines(shown).find(([verb, chain]) => verb === "-P" && chain === place.chain)?.[2]?.toLowerCase(),
  set: (place: Place, value: string): Argv[] => call(place, "-P", place.chain, value.toUpperCase()),
};
