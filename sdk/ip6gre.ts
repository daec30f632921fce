import * as pulumi from "@pulumi/pulumi";
import type { ip6greShape } from "../provider/kinds/ip6gre.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface Ip6GreArgs extends ArgsOf<typeof ip6greShape>, KernelObjectArgs {}

export interface Ip6Gre extends OutputsOf<typeof ip6greShape>, LinkOutputs {}

/**
 * A GRE tunnel over IPv6: IPv4 and IPv6 packets. By default its MTU is that of the underlay less 44, less 8 unless `encaplimit` is `none`,
 * and less 4 each for `key` and `csum`. The module makes a device `ip6gre0` in every namespace, which belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME mtu MTU up type ip6gre local ADDRESS remote ADDRESS dev DEV hoplimit LIMIT key KEY …`; in place
 * `ip link set dev NAME type ip6gre …`; on delete `ip link del dev NAME`.
 */
export class Ip6Gre extends KernelObject {
  constructor(name: string, args: Ip6GreArgs, opts?: pulumi.CustomResourceOptions) {
    super("Ip6Gre", name, args, opts);
  }
}
