import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../provider/kind.js";
import { unknownValue } from "../provider/unknown.js";
import { thisRun, type Run } from "./run.js";

/** Notes what is wrong with a resource; all that is found in one go ends the program in one error. */
export function report(resource: string, found: readonly Problem[], run = thisRun()): void {
  run.problems.push(...found.map((p) => `${resource}: ${p.property ? `${p.property}: ` : ""}${p.reason}`));
  void declared(run);
}

/**
 * Resolves once the program has declared what it declares in one go, and never where any of it is wrong: the program then
 * ends. Every resource waits for it before it reaches Pulumi, as the engine itself would stop at the first problem.
 */
export function declared(run: Run): Promise<void> {
  run.turn ??= new Promise((resolve) => {
    setImmediate(() => {
      delete run.turn;
      if (run.problems.length > 0) throw problemsError(run);
      if (!run.failed) resolve();
    });
  });
  return run.turn;
}

/** All problems so far as the one error that ends the program. */
export function problemsError(run = thisRun()): pulumi.RunError {
  run.failed = true;
  const list = run.problems.splice(0).map((p) => `  ${p}`);
  return problem(`${list.length === 1 ? "a problem" : `${list.length} problems`} with what the program declares:\n${list.join("\n")}`);
}

/** An error that ends the program, and says all by its message. */
export function problem(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = ""; // Pulumi would print it once the program's own text has run.
  return error;
}

/** An input that is handed on only when the whole program has been found right. */
export function whenDeclared<T>(input: pulumi.Input<T>): pulumi.Output<T> {
  return pulumi.output(declared(thisRun()).then(() => true)).apply(() => input) as pulumi.Output<T>;
}

/** A copy in which every output or promise is what stands for a value that is not known yet. */
export function plainValues(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownValue;
  if (Array.isArray(value)) return value.map(plainValues);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plainValues(v)]));
  return value;
}
