import * as pulumi from "@pulumi/pulumi";
import type { gretapShape } from "../provider/kinds/gretap.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface GretapArgs extends ArgsOf<typeof gretapShape>, KernelObjectArgs {}

export interface Gretap extends OutputsOf<typeof gretapShape>, LinkOutputs {}

/**
 * An Ethernet link over GRE and IPv4, which can be the port of a bridge. By default its MTU is that of the underlay less 38. The
 * module makes a device `gretap0` in every namespace, which belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU up type gretap local ADDRESS remote ADDRESS dev DEV key KEY …`; in place
 * `ip link set dev NAME type gretap …`; on delete `ip link del dev NAME`.
 */
export class Gretap extends KernelObject {
  constructor(name: string, args: GretapArgs, opts?: pulumi.CustomResourceOptions) {
    super("Gretap", name, args, opts);
  }
}
