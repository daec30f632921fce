import { HostError } from "../errors.js";
import type { GuardedChange } from "./guard-program.js";
import { readBatchFailure } from "./shell.js";

/** The host took a change back, or that is not known: either way it is as the state has it, or the next look tells. */
export class TakenBack extends HostError {
  constructor(
    host: string,
    what: string,
    detail: HostError["detail"] = {},
    /** What the host says of it. */
    readonly report?: TakenBackReport,
  ) {
    super(host, what, detail);
  }
}

/** The host does not take a change on: nothing was done. */
export class Refused extends TakenBack {}

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

/** What a host says of a change that it took back, when it is asked for that one. */
export const reportOf = (said: string): TakenBackReport | undefined => readReports(said.replace(/^rolledback/, "id -"))[0];

/** Reads what the host says of changes that it took back: lines of a word and its value, `id` first. */
export function readReports(said: string): TakenBackReport[] {
  return said.split(/^id /m).slice(1).map((text) => {
    const [id = "", ...lines] = text.trim().split("\n");
    const of = (word: string) => lines.filter((l) => l.startsWith(`${word} `)).map((l) => l.slice(word.length + 1));
    const [done] = of("done").map((d) => d.split(" ").map(Number) as [number, number]);
    return { id, title: of("title").join(""), why: of("why").join(" "), done, stderr: of("err").join("\n"), left: of("left") };
  });
}

/** Why it took the change back, what the command said, and what could not be put back. */
export const saidOf = (report: TakenBackReport): string[] => [report.why, report.stderr, ...leftOver(report)].filter(Boolean);

/** What could not be put back, as a sentence. */
function leftOver({ left }: TakenBackReport): string[] {
  return left.length > 0 ? [`It could not put back everything: ${left.join("; ")}`] : [];
}

/** Why a change was not made, and what the host is like now. */
export function failure(host: string, change: GuardedChange, said: string, cause: Error | undefined): TakenBack {
  const { what, why } = change;
  const report = reportOf(said);
  if (report?.why === "a command failed" && report.done) {
    const { stderr, done } = readBatchFailure(report.stderr);
    const [status, count] = report.done;
    const [commands, failed] = count < 0 ? [change.claims, 0] : [change.commands, count + done];
    return new TakenBack(host, `cannot ${what}`, { command: commands[failed], stderr: stderr || `exit status ${status}`, done: failed, hint: ["The host took back what was done of it", ...leftOver(report)].join(". ") }, report);
  }
  const because = [report?.why ?? "", cause && !report?.why.includes(cause.message) ? cause.message : ""].filter(Boolean).join(": ");
  if (report) return new TakenBack(host, `took back what was to ${what}, as ${why}: ${because}`, { hint: leftOver(report).join("") || "It is as it was before" }, report);
  if (said.startsWith("unknown")) return new TakenBack(host, `cannot be reached after what was to ${what}, as ${why}: ${because}`, { hint: `It takes that back by itself, at the latest ${change.seconds} s after the start` });
  if (said.startsWith("lacks")) return new TakenBack(host, `cannot ${what} under guard, as ${why}: there is no ${said.slice("lacks ".length)}`, { hint: "Install it, or set `guard: false`" });
  if (said.startsWith("idle")) return new TakenBack(host, `cannot ${what}: the process that would take it back did not start`, { hint: "Nothing was changed" });
  return new TakenBack(host, `knows nothing of what was to ${what}: it was restarted meanwhile, or its session was lost before that began`, { hint: "Run `pulumi up --refresh`" });
}
