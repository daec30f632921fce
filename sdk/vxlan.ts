import * as pulumi from "@pulumi/pulumi";
import type { vxlanShape } from "../provider/kinds/vxlan.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface VxlanArgs extends ArgsOf<typeof vxlanShape>, KernelObjectArgs {}

export interface Vxlan extends OutputsOf<typeof vxlanShape>, LinkOutputs {}

/**
 * A VXLAN tunnel endpoint (RFC 7348): Ethernet frames in UDP.
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU type vxlan id VNI dstport PORT local ADDRESS dev DEV [nolearning]`,
 * `ip link set dev NAME up`; on delete `ip link del dev NAME`.
 */
export class Vxlan extends KernelObject {
  constructor(name: string, args: VxlanArgs, opts?: pulumi.CustomResourceOptions) {
    super("Vxlan", name, args, opts);
  }
}
