import * as pulumi from "@pulumi/pulumi";
import type { serviceShape } from "../provider/kinds/service.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface ServiceArgs extends ArgsOf<typeof serviceShape>, KernelObjectArgs {}

export interface Service extends OutputsOf<typeof serviceShape> {
  /** Number of its main process, as the host counts; another one after each start. */
  readonly pid: pulumi.Output<number>;
  /** File of what it writes, on the host; older lines are in `log.1` and `log.2` beside it, 1.5 MB in all. */
  readonly log: pulumi.Output<string>;
}

/**
 * A command that runs on until the resource is deleted, on the host or in a network namespace: a server to try a network with. It outlives the
 * login and Pulumi, not a reboot nor its own crash, which `pulumi up --refresh` sees and mends.
 *
 * Its processes are a PID namespace of their own, so deleting the resource ends all of them, also those that became daemons; what they
 * mount, nobody else sees. A change of anything but `ready` and `grace` ends them and starts the command anew. It cannot be adopted. The host
 * needs util-linux.
 *
 * Equivalent to: `ip netns exec NETNS unshare --pid --mount --fork setpriv --reuid USER … COMMAND >LOG 2>&1 &`; on delete `kill -TERM`, after `grace`
 * seconds `kill -KILL`.
 */
export class Service extends KernelObject {
  constructor(name: string, args: ServiceArgs, opts?: pulumi.CustomResourceOptions) {
    super("Service", name, args, opts);
  }
}
