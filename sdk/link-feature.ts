import * as pulumi from "@pulumi/pulumi";
import type { linkFeatureShape } from "../provider/kinds/link-feature.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface LinkFeatureArgs extends ArgsOf<typeof linkFeatureShape>, KernelObjectArgs {}

export interface LinkFeature extends OutputsOf<typeof linkFeatureShape> {}

/**
 * A feature of a link that is on or off, such as leaving the computing of checksums to the device; deleting the resource puts back
 * what was found. Some virtual network cards send UDP checksums of VXLAN packets that are wrong, so that all but pings is lost:
 * `tx-checksum-ip-generic` off on the VTEP is the way around (flannel issue 1279). The host needs ethtool.
 *
 * Equivalent to: `ethtool -K DEV FEATURE on|off`.
 */
export class LinkFeature extends KernelObject {
  constructor(name: string, args: LinkFeatureArgs, opts?: pulumi.CustomResourceOptions) {
    super("LinkFeature", name, args, opts);
  }
}
