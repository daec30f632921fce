import * as pulumi from "@pulumi/pulumi";
import type { vrfShape } from "../provider/kinds/vrf.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface VrfArgs extends ArgsOf<typeof vrfShape>, KernelObjectArgs {}

export interface Vrf extends OutputsOf<typeof vrfShape>, LinkOutputs {}

/**
 * Virtual routing and forwarding: a link whose ports route by a table of their own. The first one in a namespace makes the kernel add
 * `ip rule` 1000 for both families, which stays for ever and belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME address MAC up type vrf table TABLE`; on delete `ip link del dev NAME`, which lets its ports go.
 */
export class Vrf extends KernelObject {
  constructor(name: string, args: VrfArgs, opts?: pulumi.CustomResourceOptions) {
    super("Vrf", name, args, opts);
  }
}
