import type { Argv } from "../kind.js";
import { named } from "./named.js";
import { matches } from "./words.js";

/** A command that a user may run as root: the tool, and all its arguments, joined by blanks, as an expression of words.ts. */
export interface Right {
  tool: string;
  args: string;
}

/** Options of a command of `ip` or `bridge`, and what it is to do. */
export function verbOf([, ...words]: Argv): { options: string[]; object: string; verb: string; rest: string[] } {
  const options: string[] = [];
  while (words[0]?.startsWith("-")) options.push(words[0] === "-n" ? words.splice(0, 2).join(" ") : words.shift()!);
  const [object = "", verb = "", ...rest] = words;
  return { options, object, verb, rest };
}

/** What looks at the host's own network, which everybody may. */
const looks: Readonly<Record<string, (argv: Argv) => boolean>> = {
  ip: (argv) => (({ options, verb }) => !options.some((o) => o.startsWith("-n")) && ["show", "list", ""].includes(verb))(verbOf(argv)),
  bridge: (argv) => looks.ip!(argv),
  ethtool: ([, option]) => option === "-k",
  cat: () => true,
};

/** Whether a command of a kind needs root. */
export function needsRoot(argv: Argv): boolean {
  return !looks[argv[0]!]?.(argv);
}

/** What linuxnet needs whatever a program declares: to write its register. */
export const ofRegister: readonly Right[] = [
  { tool: "mkdir", args: "-p -m 755 /run/linuxnet" },
  { tool: "dd", args: "of=/run/linuxnet/<claim> bs=64k status=none" },
  { tool: "rm", args: "-f /run/linuxnet/<claim>" },
  { tool: "rmdir", args: "/run/linuxnet" },
];

/** The commands that a kind needs root for, by its name; none where they cannot be named without giving root away. */
export function rightsOf(kind: string): readonly Right[] {
  return named[kind] ?? [];
}

const tools = new Set(Object.values(named).flatMap((rights) => rights.map(({ tool }) => tool)));

/** Whether a command is one that sudo is asked for. */
export function bySudo(argv: Argv): boolean {
  return tools.has(argv[0]!) && needsRoot(argv);
}

/** Whether one of several rights names a command, as sudo sees it: its words joined by blanks. */
export function names(rights: readonly Right[], [tool, ...words]: Argv): boolean {
  return rights.some((right) => right.tool === tool && matches(right.args, words.join(" ")));
}
