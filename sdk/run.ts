import * as pulumi from "@pulumi/pulumi";

/** What is known of one run of a program; the Automation API runs several in one process. */
export interface Run {
  problems: string[];
  failed: boolean;
  turn?: Promise<void>;
  /** Resources by the kernel object that they declare. */
  declarations: Map<string, string>;
  /** What the hosts are declared with, where that is plain values. */
  hosts: pulumi.Inputs[];
  /** The types of what is declared on each host, by the host's own name. */
  kinds: Map<string, string[]>;
}

const runs = new WeakMap<object, Run>();
const withoutStack = {};

/** The run that the caller is part of. */
export function thisRun(): Run {
  const stack = pulumi.runtime.getStackResource() ?? withoutStack;
  const run = runs.get(stack) ?? { problems: [], failed: false, declarations: new Map(), hosts: [], kinds: new Map() };
  runs.set(stack, run);
  return run;
}
