import * as pulumi from "@pulumi/pulumi";
import type { ip6tnlShape } from "../provider/kinds/ip6tnl.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface Ip6TnlArgs extends ArgsOf<typeof ip6tnlShape>, KernelObjectArgs {}

export interface Ip6Tnl extends OutputsOf<typeof ip6tnlShape>, LinkOutputs {}

/**
 * A tunnel over IPv6 (RFC 2473): IPv4 or IPv6 packets in IPv6 packets. By default its MTU is that of the underlay less 40, and less 8
 * unless `encaplimit` is `none`. The module makes a device `ip6tnl0` in every namespace, which belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME mtu MTU up type ip6tnl mode MODE local ADDRESS remote ADDRESS dev DEV hoplimit LIMIT …`; in place
 * `ip link set dev NAME type ip6tnl …`; on delete `ip link del dev NAME`.
 */
export class Ip6Tnl extends KernelObject {
  constructor(name: string, args: Ip6TnlArgs, opts?: pulumi.CustomResourceOptions) {
    super("Ip6Tnl", name, args, opts);
  }
}
