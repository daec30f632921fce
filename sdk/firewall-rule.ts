import * as pulumi from "@pulumi/pulumi";
import type { firewallRuleShape } from "../provider/kinds/firewall-rule.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface FirewallRuleArgs extends ArgsOf<typeof firewallRuleShape>, KernelObjectArgs {}

export interface FirewallRule extends OutputsOf<typeof firewallRuleShape> {}

/**
 * A rule of netfilter, in a chain of the kernel's own or of anybody's. It bears a mark in its comment, by which linuxnet knows it: two
 * stacks may each have a rule that does the same, and other people's rules stay as they are and where they are. A change is one step, so
 * that there is no moment without the rule.
 *
 * Connections that a DNAT, SNAT or masquerade has already rewritten keep going as they did, since the kernel asks the table nat only for the
 * first packet of each: where conntrack(8) is installed, those of a rule that is changed or removed are forgotten, and so are the flows of
 * UDP that a new DNAT is for. Where it is not, they end by themselves, an idle one of TCP after up to 5 days.
 *
 * Equivalent to: `iptables -t TABLE -A CHAIN … -m comment --comment linuxnet:TAG -j TARGET`; in place `iptables-restore --noflush`; on
 * delete `iptables -t TABLE -D CHAIN …`. Or `nft add rule ip linuxnet TABLE-CHAIN …`.
 */
export class FirewallRule extends KernelObject {
  constructor(name: string, args: FirewallRuleArgs, opts?: pulumi.CustomResourceOptions) {
    super("FirewallRule", name, args, opts);
  }
}
