import * as pulumi from "@pulumi/pulumi";
import type { bridgeShape } from "../provider/kinds/bridge.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface BridgeArgs extends ArgsOf<typeof bridgeShape>, KernelObjectArgs {}

export interface Bridge extends OutputsOf<typeof bridgeShape>, LinkOutputs {}

/**
 * An Ethernet bridge in the kernel.
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU up type bridge stp_state 0 …`; on delete `ip link del dev NAME`,
 * which lets its ports go.
 */
export class Bridge extends KernelObject {
  constructor(name: string, args: BridgeArgs, opts?: pulumi.CustomResourceOptions) {
    super("Bridge", name, args, opts);
  }
}
