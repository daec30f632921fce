import * as pulumi from "@pulumi/pulumi";
import type { ruleShape } from "../provider/kinds/rule.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface RuleArgs extends ArgsOf<typeof ruleShape>, KernelObjectArgs {}

export interface Rule extends OutputsOf<typeof ruleShape> {}

/**
 * A rule of policy routing: which routing table a packet is looked up in. Give each rule a priority of its own. Its `table`, `action` and
 * `suppressPrefixlength` change without a gap: the new rule comes before the old one goes.
 *
 * Equivalent to: `ip rule add priority PRIORITY [not] from PREFIX to PREFIX iif LINK fwmark MARK … lookup TABLE`; on delete
 * `ip rule del` with the same words.
 */
export class Rule extends KernelObject {
  constructor(name: string, args: RuleArgs, opts?: pulumi.CustomResourceOptions) {
    super("Rule", name, args, opts);
  }
}
