import * as pulumi from "@pulumi/pulumi";
import type { neighbourShape } from "../provider/kinds/neighbour.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { SetArgsOf, SetOutputsOf } from "./types.js";

export interface NeighboursArgs extends SetArgsOf<typeof neighbourShape>, KernelObjectArgs {}

export interface Neighbours extends SetOutputsOf<typeof neighbourShape> {}

/**
 * Many permanent neighbour entries of one host as one resource; each as a [Neighbour](#neighbour).
 */
export class Neighbours extends KernelObject {
  constructor(name: string, args: NeighboursArgs, opts?: pulumi.CustomResourceOptions) {
    super("Neighbours", name, args, opts);
  }
}
