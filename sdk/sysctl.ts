import * as pulumi from "@pulumi/pulumi";
import type { sysctlShape } from "../provider/kinds/sysctl.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface SysctlArgs extends ArgsOf<typeof sysctlShape>, KernelObjectArgs {}

export interface Sysctl extends OutputsOf<typeof sysctlShape> {}

/**
 * A setting of the kernel, on the host or in a namespace; deleting the resource puts back the value that was found.
 *
 * Equivalent to: `sysctl -w KEY=VALUE`.
 */
export class Sysctl extends KernelObject {
  constructor(name: string, args: SysctlArgs, opts?: pulumi.CustomResourceOptions) {
    super("Sysctl", name, args, opts);
  }
}
