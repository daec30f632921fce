import * as pulumi from "@pulumi/pulumi";
import type { macvlanShape } from "../provider/kinds/macvlan.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface MacvlanArgs extends ArgsOf<typeof macvlanShape>, KernelObjectArgs {}

export interface Macvlan extends OutputsOf<typeof macvlanShape>, LinkOutputs {}

/**
 * A link with a MAC address of its own on another link, often moved into a namespace. It never talks to the host's own addresses on
 * `link`. A link that has bridge ports, macvlans or ipvlans cannot have another of these.
 *
 * Equivalent to: `ip link add name NAME link LINK address MAC mtu MTU type macvlan mode MODE`, `ip link set dev NAME netns NS`; on delete
 * `ip link del dev NAME`.
 */
export class Macvlan extends KernelObject {
  constructor(name: string, args: MacvlanArgs, opts?: pulumi.CustomResourceOptions) {
    super("Macvlan", name, args, opts);
  }
}
