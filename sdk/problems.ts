import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../provider/unknown.js";

const problems: string[] = [];
let turn: Promise<true> | undefined;

/** Notes what is wrong with a resource, so that all problems of a program are told at once. */
export function report(resource: string, found: readonly { property: string; reason: string }[]): void {
  problems.push(...found.map((p) => `${resource}: ${p.property}: ${p.reason}`));
}

/** All problems so far as one error. */
export function problemsError(): pulumi.RunError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new pulumi.RunError(`${count} with what the program declares:\n${problems.map((p) => `  ${p}`).join("\n")}`);
}

/**
 * Resolves once the program has declared what it declares in one go, and rejects where any of it is wrong. Every
 * resource waits for it before it reaches Pulumi: the engine itself would stop at the first problem.
 */
export function declared(): Promise<true> {
  turn ??= new Promise((resolve, reject) => {
    setImmediate(() => {
      turn = undefined;
      if (problems.length > 0) reject(problemsError());
      else resolve(true);
    });
  });
  return turn;
}

/** A copy in which every output or promise is what stands for a value that is not known yet. */
export function plainValues(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownValue;
  if (Array.isArray(value)) return value.map(plainValues);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plainValues(v)]));
  return value;
}
