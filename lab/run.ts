import type { Options } from "execa" with { "resolution-mode": "import" };

/** What a command did. `code` is 128 + n when signal n ended it. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command that failed, as one line: what it was and the last thing it said. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  constructor(
    readonly command: readonly string[],
    readonly ran: Ran,
  ) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).split("\n").at(-1) ?? "";
    super(`${command.join(" ")}: ${said || `exit status ${ran.code}`}`);
  }
}

export interface RunOptions {
  /** Text for its stdin; nothing by default. */
  input?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** Milliseconds after which it is killed; 30 000 by default. */
  timeout?: number;
}

/** Runs a command and answers its outcome, whatever its exit status. */
export async function attempt(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { execa } = await import("execa"); // ESM only: a static import cannot reach it from CommonJS
  const settings: Options = { reject: false, timeout: 30_000, killSignal: "SIGKILL", stripFinalNewline: false, ...options };
  const [file, ...rest] = argv as [string, ...string[]];
  const result = await execa(file, rest, { ...settings, ...(options.input === undefined ? { stdin: "ignore" } : {}) });
  const stderr = String(result.stderr ?? "") || (result.failed && result.exitCode === undefined ? (result.shortMessage ?? "") : "");
  return { code: result.exitCode ?? 128, stdout: String(result.stdout ?? ""), stderr };
}

/** Runs a command and answers its stdout. Throws a `CommandError` unless it exits with 0. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await attempt(argv, options);
  if (ran.code !== 0) throw new CommandError(argv, ran);
  return ran.stdout;
}
