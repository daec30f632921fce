import * as pulumi from "@pulumi/pulumi";
import type { geneveShape } from "../provider/kinds/geneve.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface GeneveArgs extends ArgsOf<typeof geneveShape>, KernelObjectArgs {}

export interface Geneve extends OutputsOf<typeof geneveShape>, LinkOutputs {}

/**
 * A Geneve tunnel endpoint (RFC 8926): Ethernet frames in UDP, to one other end. By default its MTU is that of the underlay less 50
 * (70 over IPv6).
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU up type geneve id VNI remote ADDRESS dstport PORT …`; in place
 * `ip link set dev NAME type geneve id VNI …`; on delete `ip link del dev NAME`.
 */
export class Geneve extends KernelObject {
  constructor(name: string, args: GeneveArgs, opts?: pulumi.CustomResourceOptions) {
    super("Geneve", name, args, opts);
  }
}
