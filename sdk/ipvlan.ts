import * as pulumi from "@pulumi/pulumi";
import type { ipvlanShape } from "../provider/kinds/ipvlan.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface IpvlanArgs extends ArgsOf<typeof ipvlanShape>, KernelObjectArgs {}

export interface Ipvlan extends OutputsOf<typeof ipvlanShape>, LinkOutputs {}

/**
 * A link on another link whose MAC address it shares, often moved into a namespace, where every address is told apart by IP. A link
 * that has bridge ports, macvlans or ipvlans cannot have another of these.
 *
 * Equivalent to: `ip link add name NAME link LINK mtu MTU type ipvlan mode MODE bridge`, `ip link set dev NAME netns NS`; on delete
 * `ip link del dev NAME`.
 */
export class Ipvlan extends KernelObject {
  constructor(name: string, args: IpvlanArgs, opts?: pulumi.CustomResourceOptions) {
    super("Ipvlan", name, args, opts);
  }
}
