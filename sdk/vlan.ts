import * as pulumi from "@pulumi/pulumi";
import type { vlanShape } from "../provider/kinds/vlan.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface VlanArgs extends ArgsOf<typeof vlanShape>, KernelObjectArgs {}

export interface Vlan extends OutputsOf<typeof vlanShape>, LinkOutputs {}

/**
 * A VLAN (IEEE 802.1Q) of a link: what it sends by that gets a tag with its number, and what comes with that tag is its.
 *
 * Equivalent to: `ip link add name NAME link LINK up type vlan protocol 802.1Q id VLAN …`; in place `ip link set dev NAME type vlan …`; on
 * delete `ip link del dev NAME`.
 */
export class Vlan extends KernelObject {
  constructor(name: string, args: VlanArgs, opts?: pulumi.CustomResourceOptions) {
    super("Vlan", name, args, opts);
  }
}
