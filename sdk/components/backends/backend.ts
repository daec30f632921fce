import type * as pulumi from "@pulumi/pulumi";
import type { KernelObject } from "../../kernel-object.js";
import type { OverlayNode } from "../overlay.js";
import type { Place } from "../parts.js";

/** A host as a back-end sees it. */
export interface Site extends Place {
  node: OverlayNode;
  subnets: string[];
  /** The host's own address that the others reach it by. */
  underlay: pulumi.Output<string>;
  /** MTU inside the overlay, in bytes. */
  mtu: pulumi.Output<number>;
}

/** Where the route to a subnet of another host leads. */
export interface Hop {
  via: pulumi.Input<string>;
  dev: pulumi.Input<string>;
}

/** What a back-end made on one host to reach the others by. */
export interface Carrier<Tunnel> {
  /** The link that encapsulates; undefined where nothing does. */
  tunnel: Tunnel;
  /** Names of the links that encapsulate, by the family that they carry, where each carries one. */
  devs?: Partial<Record<4 | 6, pulumi.Output<string>>>;
  /** What must be there before the routes. */
  ready: pulumi.Resource[];
}

/** How the hosts of an overlay reach each other: all that differs between one overlay and another. */
export interface Backend<Tunnel extends KernelObject | undefined = KernelObject | undefined> {
  /** Bytes that it adds to a packet, by the family of the hosts' own addresses; a family that is missing it cannot use. */
  readonly overhead: Partial<Record<4 | 6, number>>;
  /** Families of the containers' subnets that it can carry. */
  readonly subnets: readonly (4 | 6)[];
  /** Makes what carries packets from a host. */
  carry(site: Site): Carrier<Tunnel>;
  /** Makes what a host must know of the others before it routes to them. */
  meet?(site: Site, carrier: Carrier<Tunnel>, others: { site: Site; carrier: Carrier<Tunnel> }[]): pulumi.Resource[];
  /** The way to a subnet of another host. */
  hop(site: Site, carrier: Carrier<Tunnel>, other: Site, subnet: string): Hop;
}
