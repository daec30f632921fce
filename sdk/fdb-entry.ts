import * as pulumi from "@pulumi/pulumi";
import type { fdbEntryShape } from "../provider/kinds/fdb-entry.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface FdbEntryArgs extends ArgsOf<typeof fdbEntryShape>, KernelObjectArgs {}

export interface FdbEntry extends OutputsOf<typeof fdbEntryShape> {}

/**
 * An entry of a forwarding database: on a vxlan, which VTEP has a MAC address; on a bridge, which port.
 *
 * Equivalent to: `bridge fdb add MAC dev DEV [dst ADDRESS] self permanent` (`append` for the all-zero and group addresses);
 * in place `bridge fdb replace`; on delete `bridge fdb del`.
 */
export class FdbEntry extends KernelObject {
  constructor(name: string, args: FdbEntryArgs, opts?: pulumi.CustomResourceOptions) {
    super("FdbEntry", name, args, opts);
  }
}
