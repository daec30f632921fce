import * as pulumi from "@pulumi/pulumi";
import type { neighbourShape } from "../provider/kinds/neighbour.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface NeighbourArgs extends ArgsOf<typeof neighbourShape>, KernelObjectArgs {}

export interface Neighbour extends OutputsOf<typeof neighbourShape> {}

/**
 * A permanent neighbour entry: which MAC address an IPv4 or IPv6 address has.
 *
 * Equivalent to: `ip neigh replace DST lladdr MAC dev DEV nud permanent`; on delete `ip neigh del DST dev DEV`.
 */
export class Neighbour extends KernelObject {
  constructor(name: string, args: NeighbourArgs, opts?: pulumi.CustomResourceOptions) {
    super("Neighbour", name, args, opts);
  }
}
