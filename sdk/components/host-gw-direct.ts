import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { family, ifname } from "../../provider/fields.js";
import type { Host } from "../host.js";
import { Routes } from "../routes.js";
import { VethPair } from "../veth-pair.js";
import { neighbour } from "./backends/neighbour.js";
import { checked } from "./checked.js";
import { acceptForward } from "./firewall.js";
import { forwarding } from "./forwarding.js";
import { addresses, defaultRoutes, namespace, placeOf } from "./parts.js";
import { nodeConflicts, nodeSubnets, nth, prefixLength } from "./subnet.js";

/** One host with its namespace. */
export interface HostGwDirectNode {
  /** The host. */
  host: Host;
  /** What its objects are named after: `1` gives the namespace ns1 with the link veth1a, and veth1b on the host. 1 to 10 characters. */
  name: string;
  /** The subnet of its namespace, one or one of each family: 10.244.1.0/24, fd00:244:1::/64. The third address is the namespace's, the fourth the host's. */
  subnet: string | string[];
}

export interface HostGwDirectArgs {
  /** The hosts, all on one network; two or more. */
  nodes: HostGwDirectNode[];
  /** Whether each host gets rules, first in FORWARD, that let the namespaces' packets through; needed where the policy of FORWARD is drop, as Docker sets it. Default: false. */
  acceptForward?: boolean;
}

const nodeShape = {
  name: ifname.refine((v) => Buffer.byteLength(v) <= 10, { error: "has more than 10 bytes, which with `veth` and `b` is too long for a link" }),
  subnet: nodeSubnets,
};

const shape = { nodes: z.array(z.strictObject(nodeShape)).min(2, "are two hosts at least"), acceptForward: z.boolean().default(false) };

/** What the component made on one host, for a program to look at or to build on. */
export interface HostGwDirectNodeOutputs {
  host: Host;
  /** Its namespace. */
  netns: pulumi.Output<string>;
  /** The pair: its own end is the host's, its peer the namespace's. */
  veth: VethPair;
  /** Addresses of the namespace, one a family. */
  addresses: string[];
}

/**
 * A namespace on each of several hosts, joined to its host by a veth pair without a bridge; every host is a router, and the gateway to the subnet of
 * its own namespace. Packets go from host to host as they are, so the hosts must be neighbours. For several namespaces a host, see
 * [HostGwOverlay](#hostgwoverlay).
 */
export class HostGwDirect extends pulumi.ComponentResource {
  /** The nodes, in the order in which they were given. */
  readonly nodes: HostGwDirectNodeOutputs[];

  constructor(name: string, args: HostGwDirectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:HostGwDirect", name, {}, opts);
    const conflicts = () => nodeConflicts(args.nodes, 3, "its third address is the namespace's, its fourth the host's");
    const wanted = checked<{ acceptForward: boolean }>(`HostGwDirect ${name}`, shape, { ...args, nodes: args.nodes?.map(({ host: _, ...node }) => node) }, conflicts);
    this.nodes = args.nodes.map((node) => {
      const { host } = node;
      const place = placeOf(this, host, name, node.name);
      const subnets = [node.subnet].flat();
      for (const subnet of subnets) forwarding(host, family(subnet));
      const netns = namespace(place, `ns${node.name}`);
      const veth = new VethPair(place.named("veth"), { host, name: `veth${node.name}b`, mtu: host.mtu, peer: { name: `veth${node.name}a`, netns } }, place.child());
      if (wanted.acceptForward) acceptForward({ ...place, subnets });
      const on = { netns, dev: veth.peer.name };
      addresses(place, "gateway", { dev: veth.name }, subnets.map((s) => `${nth(s, 3)}/${prefixLength(s)}`));
      const own = addresses(place, "address", on, subnets.map((s) => `${nth(s, 2)}/${prefixLength(s)}`));
      defaultRoutes(place, on, subnets.map((s) => nth(s, 3)), ...own);
      const others = args.nodes.filter((other) => other !== node).flatMap((other) => [other.subnet].flat().map((subnet) => [subnet, { dst: subnet, via: neighbour(`HostGwDirect ${name}`, host, other.host, family(subnet)), dev: host.uplink }] as const));
      new Routes(place.named("routes"), { host, entries: Object.fromEntries(others) }, place.child());
      return { host, netns, veth, addresses: subnets.map((s) => nth(s, 2)) };
    });
    this.registerOutputs({ addresses: this.nodes.map((n) => n.addresses) });
  }
}
