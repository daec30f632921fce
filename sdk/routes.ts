import * as pulumi from "@pulumi/pulumi";
import type { routeShape } from "../provider/kinds/route.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { SetArgsOf, SetOutputsOf } from "./types.js";

export interface RoutesArgs extends SetArgsOf<typeof routeShape>, KernelObjectArgs {}

export interface Routes extends SetOutputsOf<typeof routeShape> {}

/**
 * Many routes of one host as one resource, such as those to all other hosts of an overlay; each as a [Route](#route).
 */
export class Routes extends KernelObject {
  constructor(name: string, args: RoutesArgs, opts?: pulumi.CustomResourceOptions) {
    super("Routes", name, args, opts);
  }
}
