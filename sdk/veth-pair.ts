import * as pulumi from "@pulumi/pulumi";
import type { vethPairShape } from "../provider/kinds/veth-pair.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface VethPairArgs extends ArgsOf<typeof vethPairShape>, KernelObjectArgs {}

export interface VethPair extends OutputsOf<typeof vethPairShape>, LinkOutputs {}

/**
 * Two links that are each other's far end, each in any namespace, made in place in one command.
 *
 * Equivalent to: `ip link add name NAME [netns NS] address MAC mtu MTU type veth peer name PEER [netns NS] address MAC mtu MTU`,
 * `ip link set dev NAME up`; on delete `ip link del dev NAME`, which takes both ends.
 */
export class VethPair extends KernelObject {
  constructor(name: string, args: VethPairArgs, opts?: pulumi.CustomResourceOptions) {
    super("VethPair", name, args, opts);
  }
}
