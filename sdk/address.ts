import * as pulumi from "@pulumi/pulumi";
import type { addressShape } from "../provider/kinds/address.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface AddressArgs extends ArgsOf<typeof addressShape>, KernelObjectArgs {}

export interface Address extends OutputsOf<typeof addressShape> {}

/**
 * An IPv4 or IPv6 address on a link.
 *
 * Equivalent to: `ip addr add ADDRESS/LENGTH dev DEV`; on delete `ip addr del ADDRESS/LENGTH dev DEV`, without taking
 * secondary addresses along.
 */
export class Address extends KernelObject {
  constructor(name: string, args: AddressArgs, opts?: pulumi.CustomResourceOptions) {
    super("Address", name, args, opts);
  }
}
