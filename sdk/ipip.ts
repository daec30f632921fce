import * as pulumi from "@pulumi/pulumi";
import type { ipipShape } from "../provider/kinds/ipip.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface IpipArgs extends ArgsOf<typeof ipipShape>, KernelObjectArgs {}

export interface Ipip extends OutputsOf<typeof ipipShape>, LinkOutputs {}

/**
 * An IP-in-IP tunnel (RFC 2003): IPv4 packets in IPv4 packets. The kernel takes any MTU; by default it is that of the underlay
 * less 20. The module makes a device `tunl0` in every namespace, which belongs to nobody: a tunnel of one's own without `remote`
 * sends each packet to the `via` of its route (with `onlink`).
 *
 * Equivalent to: `ip link add name NAME mtu MTU up type ipip local ADDRESS remote ADDRESS dev DEV ttl TTL pmtudisc`; in place
 * `ip link set dev NAME type ipip …`; on delete `ip link del dev NAME`.
 */
export class Ipip extends KernelObject {
  constructor(name: string, args: IpipArgs, opts?: pulumi.CustomResourceOptions) {
    super("Ipip", name, args, opts);
  }
}
