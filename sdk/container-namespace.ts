import * as pulumi from "@pulumi/pulumi";
import type { containerNamespaceShape } from "../provider/kinds/container-namespace.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface ContainerNamespaceArgs extends ArgsOf<typeof containerNamespaceShape>, KernelObjectArgs {}

export interface ContainerNamespace extends OutputsOf<typeof containerNamespaceShape> {
  /** Inode by which the kernel tells it from others, as in `net:[4026532103]`; another one when the container was started again. */
  readonly inode: pulumi.Output<number>;
}

/**
 * The network namespace of a running container or process, under a name by which other resources and `ip netns` find it. It is not linuxnet's: deleting the
 * resource takes the name away, and leaves the namespace, with what the container has in it, to the container.
 *
 * A container that is started again has another namespace; `pulumi up --refresh` sees that, and makes the name and what the program has in it again.
 *
 * Equivalent to: `ip netns attach NAME $(docker container inspect --format '{{.State.Pid}}' CONTAINER)`; on delete `ip netns del NAME`.
 */
export class ContainerNamespace extends KernelObject {
  constructor(name: string, args: ContainerNamespaceArgs, opts?: pulumi.CustomResourceOptions) {
    super("ContainerNamespace", name, args, opts);
  }
}
