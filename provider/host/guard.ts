import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../errors.js";
import type { Argv } from "../kind.js";
import type { Session } from "./session.js";
import { inRow, plain, preamble, quote, readBatchFailure } from "./shell.js";

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
}

/** How a host is reached: by the session of this process, and by a login of its own. */
export interface Ways {
  session(): Promise<Session>;
  login(): Promise<Session>;
}

/** The host took a change back, or that is not known: either way it is as the state has it, or the next look tells. */
export class TakenBack extends HostError {}

/** The host does not take a change on: nothing was done. */
class Refused extends TakenBack {}

/** What a host says of a change that it took back. */
export interface TakenBackReport {
  id: string;
  title: string;
  why: string;
  /** Exit status of the commands, and how many of them succeeded. */
  done?: [number, number];
  stderr: string;
  /** What could not be put back. */
  left: string[];
}

/** The files lie beside this one's source. */
const folder = [join(__dirname, "guard"), join(__dirname, "../../../provider/host/guard")].find((path) => existsSync(path))!;
const program = ["state", "restore", "guard"].map((name) => readFileSync(join(folder, `${name}.sh`), "utf8")).join("\n");

const sleep = <T>(milliseconds: number, value?: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, milliseconds, value));

/** Milliseconds that the session in hand may take to answer; then a new login asks. */
const ANSWER = 5_000;
/** Milliseconds between logins, and between asking whose turn it is. */
const PAUSE = { login: 300, turn: 1_000 };
/** Seconds that a host may take to put everything back and be reached again. */
const BACK = 30;
/** Seconds to wait for others' changes. */
const TURN = 600;

/**
 * Makes a change on a host that takes it back by itself, unless a new login reaches it and `confirm` finds it good: a timer on the
 * host needs neither this process nor its session.
 * @throws TakenBack with the reason, and what the host could not put back.
 */
export async function guarded<T>(ways: Ways, change: GuardedChange, confirm: (fresh: Session) => Promise<T>): Promise<T> {
  const id = randomBytes(6).toString("hex");
  const ask = (session: Session, verb: string, ...args: string[]): Promise<string> => askHost(session, id, change.seconds, verb, ...args);
  const script = [
    `${preamble()}linuxnet_done=-1; ${inRow(change.claims)} && linuxnet_done=0 && ${inRow(change.commands)}; echo "$? $linuxnet_done" >&3`,
    change.undo.map((argv) => plain(argv)).join("\n"),
  ];
  const start = async (session: Session) => ask(session, "start", String(change.seconds), `${change.owner}: ${change.what}`, program, change.touched.join("\n"), ...script);

  const host = (await ways.session()).host;
  let said = await inTurn(ways, host, start);
  const until = Date.now() + change.seconds * 1000;
  let known = said.startsWith("applied");
  let cause: Error | undefined;
  while (/^(applied|unknown)/.test(said) && Date.now() < until + BACK * 1000) {
    const fresh = await ways.login().catch((error: Error) => void (cause = error));
    if (!fresh) {
      await sleep(PAUSE.login);
      continue;
    }
    try {
      said = await ask(fresh, "await");
      if (!said.startsWith("applied")) break;
      if (!known) {
        known = true; // This login may be older than the change.
        continue;
      }
      const value = await confirm(fresh).catch(async (error: Error) => {
        said = await ask(fresh, "abort", error.message.replaceAll(/\s+/g, " "));
        cause = error;
      });
      if (!said.startsWith("applied")) break;
      said = await ask(fresh, "confirm");
      if (said.startsWith("confirmed")) return value as T;
    } catch (error) {
      cause = error as Error; // The login is lost again.
    } finally {
      fresh.close().catch(() => undefined);
    }
  }
  const [report] = readReports(said.replace(/^rolledback/, `id ${id}`));
  if (report) await ways.login().then((fresh) => fresh.run([forget(id)]).finally(() => void fresh.close())).catch(() => undefined);
  throw failure(host, change, said, report, cause);
}

/** Starts a change when it is its turn on the host; `unknown` where the session in hand gives no answer. */
async function inTurn(ways: Ways, host: string, start: (session: Session) => Promise<string>): Promise<string> {
  for (const until = Date.now() + TURN * 1000; ; ) {
    const answer = start(await ways.session()).catch((error: Error) => {
      if (error instanceof Refused) throw error;
      return "unknown";
    });
    const said = await Promise.race([answer, sleep(ANSWER, "unknown")]);
    if (!said.startsWith("busy")) return said;
    if (Date.now() > until) throw new Refused(host, `has been busy for ${TURN} s with ${said.slice("busy ".length)}`);
    await sleep(PAUSE.turn);
  }
}

/** Runs the program on the host, where it is a part of the session's own shell: to start another is what costs. */
async function askHost(session: Session, id: string, seconds: number, verb: string, ...args: string[]): Promise<string> {
  const ran = await session.run([["eval", `(set -- ${[verb, id, ...args].map(quote).join(" ")}\n${program})`]], { patience: seconds + BACK });
  if (ran.rc !== 0) throw new Refused(session.host, "cannot guard a change", { stderr: ran.stderr || `exit status ${ran.rc}` });
  return ran.stdout.toString().trim();
}

/** What is left of changes that were taken back, each after its id; `busy` where one is under way, or was when its process died. */
const reports: Argv = ["eval", 'for r in /run/linuxnet/.guard-*/result; do [ ! -f "$r" ] || { r=${r%/result}; echo "id ${r##*-}"; cat "$r/result"; }; done; [ ! -e /run/linuxnet/.lock ] || echo busy'];
const forget = (id: string): Argv => ["sh", "-c", 'rm -rf "/run/linuxnet/.guard-$1" && { rmdir /run/linuxnet 2>/dev/null || :; }', "linuxnet", id];

/** What changes a host took back that nobody has been told of. With `told` it lets go of them. */
export async function takenBack(session: Session, told: boolean): Promise<string[]> {
  const said = (await session.run([reports])).stdout.toString();
  if (/^busy$/m.test(said)) await askHost(session, "-", 0, "busy");
  const found = readReports(said);
  if (told) await Promise.all(found.map(({ id }) => session.run([forget(id)])));
  return found.map((r) => `${session.host}: a change that nobody confirmed was taken back (${r.title}): ${[r.why, r.stderr, ...leftOver(r)].filter(Boolean).join(". ")}`);
}

/** Reads what the host says of changes that it took back: lines of a word and its value, `id` first. */
export function readReports(said: string): TakenBackReport[] {
  return said.split(/^id /m).slice(1).map((text) => {
    const [id = "", ...lines] = text.trim().split("\n");
    const of = (word: string) => lines.filter((l) => l.startsWith(`${word} `)).map((l) => l.slice(word.length + 1));
    const [done] = of("done").map((d) => d.split(" ").map(Number) as [number, number]);
    return { id, title: of("title").join(""), why: of("why").join(" "), done, stderr: of("err").join("\n"), left: of("left") };
  });
}

function leftOver({ left }: TakenBackReport): string[] {
  return left.length > 0 ? [`It could not put back everything: ${left.join("; ")}`] : [];
}

/** Why a change was not made, and what the host is like now. */
function failure(host: string, change: GuardedChange, said: string, report: TakenBackReport | undefined, cause: Error | undefined): HostError {
  const { what, why } = change;
  if (report?.why === "a command failed" && report.done) {
    const { stderr, done } = readBatchFailure(report.stderr);
    const [status, count] = report.done;
    const [commands, failed] = count < 0 ? [change.claims, 0] : [change.commands, count + done];
    return new TakenBack(host, `cannot ${what}`, { command: commands[failed], stderr: stderr || `exit status ${status}`, done: failed, hint: ["The host took back what was done of it", ...leftOver(report)].join(". ") });
  }
  const because = [report?.why ?? "", cause && !report?.why.includes(cause.message) ? cause.message : ""].filter(Boolean).join(": ");
  if (report) return new TakenBack(host, `took back what was to ${what}, as ${why}: ${because}`, { hint: leftOver(report).join("") || "It is as it was before" });
  if (said.startsWith("unknown")) return new TakenBack(host, `cannot be reached after what was to ${what}, as ${why}: ${because}`, { hint: `It takes that back by itself, at the latest ${change.seconds} s after the start` });
  if (said.startsWith("lacks")) return new TakenBack(host, `cannot ${what} under guard, as ${why}: there is no ${said.slice("lacks ".length)}`, { hint: "Install it, or set `guard: false`" });
  if (said.startsWith("idle")) return new TakenBack(host, `cannot ${what}: the process that would take it back did not start`, { hint: "Nothing was changed" });
  return new TakenBack(host, `knows nothing of what was to ${what}: it was restarted meanwhile, or its session was lost before that began`, { hint: "Run `pulumi up --refresh`" });
}
