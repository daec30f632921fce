import * as pulumi from "@pulumi/pulumi";
import type { dummyShape } from "../provider/kinds/dummy.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface DummyArgs extends ArgsOf<typeof dummyShape>, KernelObjectArgs {}

export interface Dummy extends OutputsOf<typeof dummyShape>, LinkOutputs {}

/**
 * A link that takes all packets and sends none: a place for addresses that belong to the host and to no wire.
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU up type dummy`; on delete `ip link del dev NAME`.
 */
export class Dummy extends KernelObject {
  constructor(name: string, args: DummyArgs, opts?: pulumi.CustomResourceOptions) {
    super("Dummy", name, args, opts);
  }
}
