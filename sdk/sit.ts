import * as pulumi from "@pulumi/pulumi";
import type { sitShape } from "../provider/kinds/sit.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface SitArgs extends ArgsOf<typeof sitShape>, KernelObjectArgs {}

export interface Sit extends OutputsOf<typeof sitShape>, LinkOutputs {}

/**
 * A SIT tunnel (RFC 4213): IPv6 packets in IPv4 packets. By default its MTU is that of the underlay less 20; IPv6 needs 1280. The
 * module makes a device `sit0` in every namespace, which belongs to nobody.
 *
 * Equivalent to: `ip link add name NAME mtu MTU up type sit local ADDRESS remote ADDRESS dev DEV ttl TTL pmtudisc`; in place
 * `ip link set dev NAME type sit …`; on delete `ip link del dev NAME`.
 */
export class Sit extends KernelObject {
  constructor(name: string, args: SitArgs, opts?: pulumi.CustomResourceOptions) {
    super("Sit", name, args, opts);
  }
}
