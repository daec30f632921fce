import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Gives the terminal to a command and passes signals on; resolves with its exit status, 128 + n after signal n. */
export function hand(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    // Before the child runs: a signal that came between would end this process alone, and the child would live on.
    process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT")); // a terminal's ^C has reached the child already
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    const child = spawn(argv[0]!, argv.slice(1), { stdio: "inherit", env });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
