import * as pulumi from "@pulumi/pulumi";
import type { vrfPortShape } from "../provider/kinds/vrf-port.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface VrfPortArgs extends ArgsOf<typeof vrfPortShape>, KernelObjectArgs {}

export interface VrfPort extends OutputsOf<typeof vrfPortShape> {}

/**
 * A link as the port of a VRF. Joining and leaving sets the link down and up for a moment: its IPv6 addresses and its routes go (declare
 * those with `dev` of this resource, so that they come after).
 *
 * Equivalent to: `ip link set dev DEV master VRF`; on delete `ip link set dev DEV nomaster`.
 */
export class VrfPort extends KernelObject {
  constructor(name: string, args: VrfPortArgs, opts?: pulumi.CustomResourceOptions) {
    super("VrfPort", name, args, opts);
  }
}
