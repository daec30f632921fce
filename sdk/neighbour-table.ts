import * as pulumi from "@pulumi/pulumi";
import type { neighbourTableShape } from "../provider/kinds/neighbour-table.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface NeighbourTableArgs extends ArgsOf<typeof neighbourTableShape>, KernelObjectArgs {}

/** One neighbour that the kernel knows. */
export interface NeighbourTableEntry {
  /** Its IPv4 or IPv6 address. */
  dst: string;
  /** The link that it is reached by. */
  dev: string;
  /** Its MAC address, where it has answered. */
  lladdr?: string;
  /** How well it is known: reachable, stale, delay, probe, incomplete, failed or permanent (RFC 4861, 7.3.2). */
  state: string;
}

export interface NeighbourTable extends OutputsOf<typeof neighbourTableShape> {}

/**
 * The neighbours that a namespace of a host knows, those of ARP and of IPv6's neighbour discovery, to look at: nothing on the host is changed. They
 * are as the last create or refresh saw them: `pulumi up --refresh`, or `pulumi refresh`.
 *
 * Equivalent to: `ip neigh show`, `arp -n`.
 */
export class NeighbourTable extends KernelObject {
  /** The neighbours, by link and address. */
  readonly entries!: pulumi.Output<NeighbourTableEntry[]>;

  constructor(name: string, args: NeighbourTableArgs, opts?: pulumi.CustomResourceOptions) {
    super("NeighbourTable", name, args, opts);
  }
}
