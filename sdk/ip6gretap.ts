import * as pulumi from "@pulumi/pulumi";
import type { ip6gretapShape } from "../provider/kinds/ip6gretap.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface Ip6GretapArgs extends ArgsOf<typeof ip6gretapShape>, KernelObjectArgs {}

export interface Ip6Gretap extends OutputsOf<typeof ip6gretapShape>, LinkOutputs {}

/**
 * An Ethernet link over GRE and IPv6, which can be the port of a bridge.
 *
 * Equivalent to: `ip link add name NAME address MAC mtu MTU up type ip6gretap local ADDRESS remote ADDRESS dev DEV hoplimit LIMIT …`; in
 * place `ip link set dev NAME type ip6gretap …`; on delete `ip link del dev NAME`.
 */
export class Ip6Gretap extends KernelObject {
  constructor(name: string, args: Ip6GretapArgs, opts?: pulumi.CustomResourceOptions) {
    super("Ip6Gretap", name, args, opts);
  }
}
