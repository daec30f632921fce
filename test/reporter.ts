import { writeSync } from "node:fs";
import type { Reporter, SerializedError, TestModule, TestRunEndReason, Vitest } from "vitest/node";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Says as the very last line of a run how many tests passed and failed; what failed outside a test counts as a failure too. */
export default class ClosingLine implements Reporter {
  private counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  private watching = false;

  onInit(vitest: Vitest): void {
    this.watching = vitest.config.watch;
    // Not at the end of the run: vitest may have more to say after that, and may fail without ever running a test.
    if (!this.watching) process.on("exit", (code) => writeSync(1, `${closingLine(this.counts, code)}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    this.counts = count(modules, errors.length, reason);
    if (this.watching) console.log(closingLine(this.counts, 0));
  }
}

function count(modules: readonly TestModule[], unhandled: number, reason: TestRunEndReason): Counts {
  const tests = modules.flatMap((m) => [...m.children.allTests()]).map((t) => t.result().state);
  const of = (...states: string[]) => tests.filter((state) => states.includes(state)).length;
  const suites = modules.flatMap((m) => [m, ...m.children.allSuites()]).filter((s) => s.errors().length > 0).length;
  const cut = reason === "interrupted" ? of("pending") : 0;
  return { passed: of("passed"), failed: of("failed") + suites + unhandled + cut, skipped: of("skipped") };
}

/** An exit code that no test explains is a failure too. */
export function closingLine({ passed, failed, skipped }: Counts, code: number): string {
  const failures = failed === 0 && code !== 0 ? 1 : failed;
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
