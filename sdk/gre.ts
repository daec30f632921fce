import * as pulumi from "@pulumi/pulumi";
import type { ipGreShape } from "../provider/kinds/gre.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface GreArgs extends ArgsOf<typeof ipGreShape>, KernelObjectArgs {}

export interface Gre extends OutputsOf<typeof ipGreShape>, LinkOutputs {}

/**
 * A GRE tunnel over IPv4 (RFC 2784, 2890): IPv4 and IPv6 packets. By default its MTU is that of the underlay less 24, and less 4 each for
 * `key` and `csum`. The module makes a device `gre0` in every namespace, which belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME mtu MTU up type gre local ADDRESS remote ADDRESS dev DEV ttl TTL key KEY …`; in place
 * `ip link set dev NAME type gre …`; on delete `ip link del dev NAME`.
 */
export class Gre extends KernelObject {
  constructor(name: string, args: GreArgs, opts?: pulumi.CustomResourceOptions) {
    super("Gre", name, args, opts);
  }
}
