import * as pulumi from "@pulumi/pulumi";
import type { linkStateShape } from "../provider/kinds/link-state.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface LinkStateArgs extends ArgsOf<typeof linkStateShape>, KernelObjectArgs {}

export interface LinkState extends OutputsOf<typeof linkStateShape>, LinkOutputs {}

/**
 * The state (up, MTU, MAC address …) of a link that somebody else made, such as `lo` in a namespace; deleting the resource puts
 * back what was found.
 *
 * Equivalent to: `ip link set dev DEV up mtu MTU …`.
 */
export class LinkState extends KernelObject {
  constructor(name: string, args: LinkStateArgs, opts?: pulumi.CustomResourceOptions) {
    super("LinkState", name, args, opts);
  }
}
