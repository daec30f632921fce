import * as pulumi from "@pulumi/pulumi";
import type { firewallChainShape } from "../provider/kinds/firewall-chain.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface FirewallChainArgs extends ArgsOf<typeof firewallChainShape>, KernelObjectArgs {}

export interface FirewallChain extends OutputsOf<typeof firewallChainShape> {}

/**
 * A chain of one's own with all of its rules, which change together in one step. A FirewallRule with `target: "jump"` and
 * `toChain: chain.name` leads packets there.
 *
 * Connections that a rule has rewritten are forgotten with the rule, as for a FirewallRule. Those of a rule that stays go on, also where its `probability` becomes
 * another: that of one back-end of several, when another one comes or goes.
 *
 * Equivalent to: `iptables-restore --noflush` with `:NAME -` and the rules; on delete `iptables -F NAME`, `iptables -X NAME`. Or
 * `nft flush chain ip linuxnet TABLE-NAME` and `nft add rule …` in one transaction.
 */
export class FirewallChain extends KernelObject {
  constructor(name: string, args: FirewallChainArgs, opts?: pulumi.CustomResourceOptions) {
    super("FirewallChain", name, args, opts);
  }
}
