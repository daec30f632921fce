import * as pulumi from "@pulumi/pulumi";
import type { networkNamespaceShape } from "../provider/kinds/network-namespace.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface NetworkNamespaceArgs extends ArgsOf<typeof networkNamespaceShape>, KernelObjectArgs {}

export interface NetworkNamespace extends OutputsOf<typeof networkNamespaceShape> {}

/**
 * A network namespace: links, addresses, routes and rules of its own.
 *
 * Equivalent to: `ip netns add NAME`; on delete `ip netns del NAME`.
 */
export class NetworkNamespace extends KernelObject {
  constructor(name: string, args: NetworkNamespaceArgs, opts?: pulumi.CustomResourceOptions) {
    super("NetworkNamespace", name, args, opts);
  }
}
