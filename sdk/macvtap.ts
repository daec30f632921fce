import * as pulumi from "@pulumi/pulumi";
import type { macvtapShape } from "../provider/kinds/macvtap.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface MacvtapArgs extends ArgsOf<typeof macvtapShape>, KernelObjectArgs {}

export interface Macvtap extends OutputsOf<typeof macvtapShape>, LinkOutputs {}

/**
 * A macvlan whose frames a program reads and writes by a character device, `/dev/tapINDEX`, as virtual machines do.
 *
 * Equivalent to: `ip link add name NAME link LINK address MAC mtu MTU up type macvtap mode MODE`; on delete `ip link del dev NAME`.
 */
export class Macvtap extends KernelObject {
  constructor(name: string, args: MacvtapArgs, opts?: pulumi.CustomResourceOptions) {
    super("Macvtap", name, args, opts);
  }
}
