import * as pulumi from "@pulumi/pulumi";
import type { fdbEntryShape } from "../provider/kinds/fdb-entry.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { SetArgsOf, SetOutputsOf } from "./types.js";

export interface FdbEntriesArgs extends SetArgsOf<typeof fdbEntryShape>, KernelObjectArgs {}

export interface FdbEntries extends SetOutputsOf<typeof fdbEntryShape> {}

/**
 * Many forwarding entries of one host as one resource; each as an [FdbEntry](#fdbentry).
 */
export class FdbEntries extends KernelObject {
  constructor(name: string, args: FdbEntriesArgs, opts?: pulumi.CustomResourceOptions) {
    super("FdbEntries", name, args, opts);
  }
}
