import { existsSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import type { Argv } from "../kind.js";
import type { Session } from "./session.js";
import { inRow, plain, preamble, quote } from "./shell.js";
import { readReports, Refused, type TakenBackReport } from "./taken-back.js";

/** A change that a host takes back by itself, unless a new login confirms it. */
export interface GuardedChange {
  /** Whose it is, for others who wait for their turn. */
  owner: string;
  /** What it is, for messages: `change Route default`; and why it may cut the way to the host. */
  what: string;
  why: string;
  /** Commands that write into the register, then those that change the host. */
  claims: readonly Argv[];
  commands: readonly Argv[];
  /** Commands that take the change itself back, as far as it was made; what follows from it the host sees itself. */
  undo: readonly Argv[];
  /** What it touches, as guard/state.sh names it, and what the host must still reach. */
  touched: readonly string[];
  /** Seconds until the host takes it back. */
  seconds: number;
  /** The group that it belongs to. */
  group?: string;
}

/** The files lie beside this one's source. */
const folder = [path(__dirname, "guard"), path(__dirname, "../../../provider/host/guard")].find((file) => existsSync(file))!;
const program = ["state", "restore", "guard"].map((name) => readFileSync(path(folder, `${name}.sh`), "utf8")).join("\n");

/** Seconds that a host may take to put everything back and be reached again. */
export const BACK = 30;

/** What a change is to the host that watches over it. */
type Step = Pick<GuardedChange, "touched" | "claims" | "commands" | "undo">;

/** Runs the program on the host, where it is a part of the session's own shell: to start another is what costs. */
export async function ask(session: Session, id: string, seconds: number, verb: string, ...args: string[]): Promise<string> {
  const ran = await session.run([["eval", `(set -- ${[verb, id, ...args].map(quote).join(" ")}\n${program})`]], { patience: seconds + BACK });
  if (ran.rc !== 0) throw new Refused(session.host, "cannot guard a change", { stderr: ran.stderr || `exit status ${ran.rc}` });
  return ran.stdout.toString().trim();
}

/** The change as the host takes it: what it touches, the commands, and what takes them back. */
const script = ({ touched, claims, commands, undo }: Step): string[] => [
  touched.join("\n"),
  `${preamble()}linuxnet_done=-1; ${inRow(claims)} && linuxnet_done=0 && ${inRow(commands)}; echo "$? $linuxnet_done" >&3`,
  undo.map((argv) => plain(argv)).join("\n"),
];

/** Has a host watch over a change from now on; `busy` where it watches over another. */
export function start(session: Session, id: string, seconds: number, title: string, step: Step): Promise<string> {
  return ask(session, id, seconds, "start", String(seconds), title, program, ...script(step));
}

/** Has it make one change more, the n-th, which it keeps or takes back with those before. */
export function join(session: Session, id: string, seconds: number, n: number, step: Step): Promise<string> {
  return ask(session, id, seconds, "join", String(n), String(seconds), ...script(step));
}

/** What is left of changes that were taken back, each after its id; `busy` where one is under way, or was when its process died. */
const reports: Argv = ["eval", 'for r in /run/linuxnet/.guard-*/result; do [ ! -f "$r" ] || { r=${r%/result}; echo "id ${r##*-}"; cat "$r/result"; }; done; [ ! -e /run/linuxnet/.lock ] || echo busy'];
/** Lets go of what is left of one. */
export const forget = (id: string): Argv => ["sh", "-c", 'rm -rf "/run/linuxnet/.guard-$1" && { rmdir /run/linuxnet 2>/dev/null || :; }', "linuxnet", id];

/** What changes a host took back that nobody has been told of. */
export async function takenBack(session: Session): Promise<TakenBackReport[]> {
  const said = (await session.run([reports])).stdout.toString();
  if (/^busy$/m.test(said)) await ask(session, "-", 0, "busy");
  return readReports(said);
}
