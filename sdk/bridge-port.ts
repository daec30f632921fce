import * as pulumi from "@pulumi/pulumi";
import type { bridgePortShape } from "../provider/kinds/bridge-port.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface BridgePortArgs extends ArgsOf<typeof bridgePortShape>, KernelObjectArgs {}

export interface BridgePort extends OutputsOf<typeof bridgePortShape> {}

/**
 * A link as the port of a bridge.
 *
 * Equivalent to: `ip link set dev DEV master BRIDGE`, `bridge link set dev DEV hairpin on …`; on delete
 * `ip link set dev DEV nomaster`.
 */
export class BridgePort extends KernelObject {
  constructor(name: string, args: BridgePortArgs, opts?: pulumi.CustomResourceOptions) {
    super("BridgePort", name, args, opts);
  }
}
