import * as pulumi from "@pulumi/pulumi";
import type { routeShape } from "../provider/kinds/route.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface RouteArgs extends ArgsOf<typeof routeShape>, KernelObjectArgs {}

export interface Route extends OutputsOf<typeof routeShape> {}

/**
 * An IPv4 or IPv6 route.
 *
 * Equivalent to: `ip route add DST via VIA dev DEV [onlink] …`; in place `ip route replace`; on delete `ip route del`.
 */
export class Route extends KernelObject {
  constructor(name: string, args: RouteArgs, opts?: pulumi.CustomResourceOptions) {
    super("Route", name, args, opts);
  }
}
