import * as pulumi from "@pulumi/pulumi";
import type { firewallPolicyShape } from "../provider/kinds/firewall-policy.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface FirewallPolicyArgs extends ArgsOf<typeof firewallPolicyShape>, KernelObjectArgs {}

export interface FirewallPolicy extends OutputsOf<typeof firewallPolicyShape> {}

/**
 * The policy of one of the kernel's own chains, such as FORWARD, which Docker sets to drop; deleting the resource puts back what was
 * found.
 *
 * Equivalent to: `iptables -t TABLE -P CHAIN ACCEPT`.
 */
export class FirewallPolicy extends KernelObject {
  constructor(name: string, args: FirewallPolicyArgs, opts?: pulumi.CustomResourceOptions) {
    super("FirewallPolicy", name, args, opts);
  }
}
