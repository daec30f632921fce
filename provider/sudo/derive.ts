import { omit } from "../handlers.js";
import type { Argv, Kind, Shape } from "../kind.js";
import { needsRoot, verbOf, type Right } from "./rights.js";
import { isName, samples } from "./samples.js";
import { matches } from "./words.js";

type Properties = Record<string, unknown>;

/** The words that stand alone, by tool and what it is told about; any other word is followed by its value. */
const alone: Readonly<Record<string, readonly string[]>> = {
  "ip link": ["up", "down", "nomaster", "peer", "learning", "nolearning", "pmtudisc", "nopmtudisc", "csum", "nocsum", "nokey", "bridge", "private", "vepa"],
  "ip addr": ["nodad", "noprefixroute"],
  "ip route": ["default", "blackhole", "unreachable", "prohibit", "onlink", "nexthop"],
  "ip rule": ["not", "blackhole", "unreachable", "prohibit"],
  "ip neigh": [],
  "ip netns": [],
  "bridge fdb": ["self", "master", "permanent", "static"],
  "bridge link": [],
};

const values = ["<mac>", "<number>", "<hex>", "<prefix>", "<ip>", "<setting>", "of=<setting>", ""];

/** The expression of all words like one of a sample; undefined where that word is the command's own. */
function valueOf(word: string): string | undefined {
  return isName.test(word) ? "<name>" : values.find((value) => matches(value, word));
}

/** The expression of just this word. */
function literal(word: string): string {
  if (!/^[\w.,=+-]+$/.test(word)) throw new Error(`"${word}" has no place in a command that a sudoers file names`);
  return word.replaceAll(/[.+]/g, "[$&]");
}

/** The expression of any of several, each once. */
function anyOf(expressions: Iterable<string>): string {
  const all = [...new Set(expressions)].filter((e) => e !== "").sort();
  const some = all.length === 1 ? all[0]! : `(${all.join("|")})`;
  return [...expressions].includes("") ? `(${some})?` : some;
}

/** A command taken apart: its options, what it does to what, and then each word with its value. */
interface Form {
  tool: string;
  options: string[];
  verb: string;
  /** The value that follows the verb. */
  first?: string;
  groups: string[];
}

/** Reads a sample of a command; undefined where it is none that can be named without giving more away. */
function formOf(argv: Argv): Form | undefined {
  const [tool, ...words] = argv as [string, ...string[]];
  if (tool === "dd" || tool === "ethtool") return { tool, options: [], verb: words.map((w) => valueOf(w) ?? literal(w)).join(" "), groups: [] };
  const { options, object, verb, rest } = verbOf(argv);
  const flags = alone[`${tool} ${object}`];
  if (!flags || verb === "exec") return undefined;
  const form: Form = { tool, options: options.map((o) => o.replace(/^-n .*/, "-n <name>").replace(/^-[46]$/, "-[46]")), verb: `${object} ${verb}`, groups: [] };
  for (let i = 0; i < rest.length; i++) {
    const [at, word] = [i, rest[i]!];
    const value = valueOf(word);
    if (value !== undefined && at === 0) form.first = value;
    else if (value === "<name>" || (value === undefined && !flags.includes(word) && rest[i + 1] === undefined)) throw new Error(`\`${argv.join(" ")}\`: what is ${word}?`);
    else if (value !== undefined || flags.includes(word)) form.groups.push(value ?? literal(word));
    else form.groups.push(`${literal(word)} ${valueOf(rest[++i]!) ?? literal(rest[i]!)}`);
  }
  return form;
}

/** The forms of commands that need root; undefined where one of them has none. */
function formsOf(commands: readonly Argv[]): Form[] | undefined {
  const forms = commands.filter(needsRoot).map(formOf);
  return forms.some((form) => form === undefined) ? undefined : (forms as Form[]);
}

/** The commands that look at an object and make it. */
const making = (kind: Kind, want: Properties): Argv[] => [...kind.show(want as never), ...kind.add(want as never)];

/** The commands that change it, also where a property is dropped, and take it away. */
function unmaking(kind: Kind, want: Properties): Argv[] {
  const keys = Object.keys(kind.shape);
  const dropped = keys.filter((key) => !kind.identity.includes(key as never) && want[key] !== undefined && dropsOut(kind.shape[key]!));
  return [
    ...keys.flatMap((key) => kind.set(want as never, [key], want as never)),
    ...dropped.flatMap((key) => kind.set(omit(want, [key]) as never, [key], want as never)),
    ...kind.del(want as never, want as never),
  ];
}

/** Whether a property may be left out, and then has no value. */
const dropsOut = (type: Shape[string]) => ((given) => given.success && given.data === undefined)(type.safeParse(undefined));

/** Forms of one verb as one right: each word with its value, as often as it may be, in any order. */
function rightOf(forms: Form[]): Right {
  const { tool, verb } = forms[0]!;
  const always = (option: string) => forms.every(({ options }) => options.includes(option));
  const longest = [...forms].sort((a, b) => b.options.length - a.options.length);
  const said = [...new Set(longest.flatMap(({ options }) => options))].map((option) => (always(option) ? `${option} ` : `(${option} )?`));
  const first = [...new Set(forms.flatMap((f) => f.first ?? []))];
  const groups = byWord(forms.flatMap((f) => f.groups));
  const lead = first.length === 0 ? "" : forms.every((f) => f.first !== undefined) ? ` ${anyOf(first)}` : `( ${anyOf(first)})?`;
  return { tool, args: [...said, verb, lead, groups.length === 0 ? "" : `( ${anyOf(groups)})*`].join("") };
}

/** Words, each once, with all the values that it takes. */
function byWord(groups: string[]): string[] {
  const found = new Map<string, Set<string>>();
  for (const group of groups) {
    const [word = "", value] = group.split(" ");
    const of = found.get(word) ?? new Set();
    found.set(word, value === undefined ? of : of.add(value));
  }
  return [...found].map(([word, of]) => (of.size === 0 ? word : `${word} ${anyOf(of)}`));
}

/** The commands that a kind needs root for, as its own commands for samples show them; none where it cannot do with commands that have names. */
export function derived(kind: Kind): Right[] {
  const byVerb = new Map<string, Form[]>();
  for (const want of samples(kind, (sample) => formsOf(making(kind, sample)) !== undefined)) {
    for (const form of formsOf([...making(kind, want), ...unmaking(kind, want)]) ?? []) {
      const key = `${form.tool} ${form.verb}`;
      byVerb.set(key, [...(byVerb.get(key) ?? []), form]);
    }
  }
  return [...byVerb.values()].map(rightOf).sort((a, b) => (`${a.tool} ${a.args}` < `${b.tool} ${b.args}` ? -1 : 1));
}

/** The text of named.ts. */
export function source(kinds: Readonly<Record<string, Kind>>): string {
  const rows = Object.entries(kinds).map(([name, kind]) => [name, derived(kind)] as const).filter(([, rights]) => rights.length > 0);
  const texts = rows.map(([name, rights]) => `  ${name}: [\n${rights.map(({ tool, args }) => `    { tool: ${JSON.stringify(tool)}, args: ${JSON.stringify(args)} },\n`).join("")}  ],\n`);
  return `import type { Right } from "./rights.js";\n\n/** What each kind needs root for. Made from the kinds by \`npm run rights\`. */\nexport const named: Readonly<Record<string, readonly Right[]>> = {\n${texts.join("")}};\n`;
}
