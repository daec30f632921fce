import * as pulumi from "@pulumi/pulumi";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Properties } from "../provider/handlers.js";
import type { ModelName } from "../provider/model.js";
import type { Foresight } from "./foresight.js";
import type { Host } from "./host.js";
import type { KernelObject } from "./kernel-object.js";

/** A resource on a host, and what it was declared as. */
export interface Declared {
  type: ModelName;
  name: string;
  host: Host;
  /** Its properties as the program gives them, as far as these are plain values. */
  plain: Properties;
  opts: pulumi.CustomResourceOptions | undefined;
  resource: KernelObject;
}

/** What is known of one run of a program; the Automation API runs several in one process. */
export interface Run {
  problems: string[];
  failed: boolean;
  turn?: Promise<void>;
  /** Resources by the kernel object that they declare. */
  declarations: Map<string, string>;
  /** What the hosts are declared with, where that is plain values. */
  hosts: pulumi.Inputs[];
  /** What is declared on all hosts, each after what it refers to. */
  objects: Declared[];
  /** What it will be on the hosts, once all is declared. */
  foresight?: Promise<Foresight>;
  /** Folder in which the provider tells what is of this run alone. */
  folder: string;
  /** The resources that have looked through what is declared: what is declared later, they miss. */
  closed: { by: string; includes(object: Omit<Declared, "resource">): boolean }[];
}

const runs = new WeakMap<object, Run>();
const withoutStack = {};

/** The run that the caller is part of. */
export function thisRun(): Run {
  const stack = pulumi.runtime.getStackResource() ?? withoutStack;
  const run: Run = runs.get(stack) ?? { problems: [], failed: false, declarations: new Map(), hosts: [], objects: [], closed: [], folder: folder() };
  runs.set(stack, run);
  return run;
}

const folders: string[] = [];

/** A folder that goes when the program ends. */
function folder(): string {
  if (folders.length === 0) process.once("exit", () => folders.forEach((made) => rmSync(made, { recursive: true, force: true })));
  folders.push(mkdtempSync(join(tmpdir(), "linuxnet-run-")));
  return folders.at(-1)!;
}

/** Resolves when resources are there. */
export async function there(resources: pulumi.Resource[]): Promise<void> {
  await Promise.all(resources.map((r) => new Promise((resolve) => void r.urn.apply(resolve))));
}
