import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkShape } from "../../provider/check.js";
import { family, ifname, prefix } from "../../provider/fields.js";
import { vxlanShape } from "../../provider/kinds/vxlan.js";
import { Address } from "../address.js";
import { BridgePort } from "../bridge-port.js";
import { Bridge } from "../bridge.js";
import { FdbEntry } from "../fdb-entry.js";
import type { Host } from "../host.js";
import { Neighbour } from "../neighbour.js";
import { NetworkNamespace } from "../network-namespace.js";
import { problem, problemsError, report } from "../problems.js";
import { Route } from "../route.js";
import { VethPair } from "../veth-pair.js";
import { Vxlan } from "../vxlan.js";
import { forwarding } from "./forwarding.js";
import { hostLength, nth, prefixLength } from "./subnet.js";

/** One host of an overlay. */
export interface VxlanOverlayNode {
  /** The host. */
  host: Host;
  /** What its objects are named after: `245` gives ns245, veth245, br245 and vtep245. 1 to 11 characters. */
  name: string;
  /** The subnet of its containers, one or one of each family: 172.245.0.0/24, fd00:245::/64. The first address is the VTEP's, the second the bridge's, the third the namespace's. */
  subnet: string | string[];
}

export interface VxlanOverlayArgs {
  /** The hosts; two or more. */
  nodes: VxlanOverlayNode[];
  /** VXLAN network identifier, 0 to 16777215. Default: 1, as flannel's. */
  vni?: number;
  /** UDP port of the outer packets. Default: 8472, the kernel's and flannel's. */
  dstport?: number;
  /** Family of the hosts' own addresses that carry the outer packets: 4 or 6. Default: 4. */
  underlay?: 4 | 6;
}

/** Bytes that VXLAN adds within an outer frame: inner Ethernet 14, VXLAN 8, UDP 8, and the outer IP header (RFC 7348). */
const OVERHEAD = { 4: 14 + 8 + 8 + 20, 6: 14 + 8 + 8 + 40 };

const subnet = prefix.refine((v) => v !== "default", { error: "is a subnet such as 172.245.0.0/24" });

const nodeShape = {
  name: ifname.refine((v) => v.length <= 11, { error: "has more than 11 characters, which with the prefix `veth` is too long for a link" }),
  subnet: z.union([subnet, z.array(subnet).min(1)], { error: (issue) => `${JSON.stringify(issue.input)} is not a prefix such as 172.245.0.0/24, nor a list of such prefixes` }),
};

const shape = {
  nodes: z.array(z.strictObject(nodeShape)).min(2, "an overlay needs two hosts at least"),
  vni: vxlanShape.vni.default(1),
  dstport: vxlanShape.dstport,
  underlay: z.union([z.literal(4), z.literal(6)]).default(4),
};

/** What the component made on one host, for a program to look at or to build on. */
export interface VxlanOverlayNodeOutputs {
  host: Host;
  namespace: NetworkNamespace;
  veth: VethPair;
  bridge: Bridge;
  vtep: Vxlan;
  /** Addresses of the namespace, one a family. */
  addresses: string[];
}

/**
 * A network across hosts, as flannel's vxlan back-end makes it: on each host a namespace with a veth pair into a bridge, and a
 * VTEP that reaches every other host by a route, a neighbour entry and an FDB entry; nothing is learned, nothing flooded.
 *
 * Links inside have the MTU of the overlay (the uplink's less 50, or 70 over IPv6), so no packet is ever too long for it.
 */
export class VxlanOverlay extends pulumi.ComponentResource {
  readonly nodes: VxlanOverlayNodeOutputs[];

  constructor(name: string, args: VxlanOverlayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:VxlanOverlay", name, {}, opts);
    const { value, problems } = checkShape(shape, { ...args, nodes: args.nodes?.map(({ host: _, ...node }) => node) });
    report(`VxlanOverlay ${name}`, [...problems, ...(problems.length > 0 ? [] : conflicts(args.nodes))]);
    if (problems.length > 0) throw problemsError(); // Nothing can be built from them; the problems of other resources are told along.
    const { vni, dstport, underlay } = value as Required<VxlanOverlayArgs>;
    const child = (...dependsOn: pulumi.Resource[]): pulumi.CustomResourceOptions => ({ parent: this, dependsOn });

    const made = args.nodes.map((node) => {
      const { host } = node;
      const named = (what: string) => `${name}-${node.name}-${what}`;
      const local = required(`VxlanOverlay ${name}`, underlay === 6 ? host.address6 : host.address, host, underlay);
      const mtu = host.mtu.apply((m) => m - OVERHEAD[underlay]);
      const namespace = new NetworkNamespace(named("namespace"), { host, name: `ns${node.name}` }, child());
      const veth = new VethPair(named("veth"), { host, name: `veth${node.name}`, mtu, peer: { name: "eth0", netns: namespace.name } }, child());
      const bridge = new Bridge(named("bridge"), { host, name: `br${node.name}`, mtu }, child());
      const port = new BridgePort(named("port"), { host, dev: veth.name, master: bridge.name }, child());
      const vtep = new Vxlan(named("vtep"), { host, name: `vtep${node.name}`, vni, dstport, local, dev: host.uplink, mtu, learning: false }, child());
      const connected = subnetsOf(node).map((subnet) => {
        const at = (what: string) => `${named(what)}${family(subnet) === 6 ? "6" : ""}`;
        const nodad = family(subnet) === 6 ? true : undefined;
        const [first, gateway, inside] = [0, 1, 2].map((n) => nth(subnet, n)) as [string, string, string];
        forwarding(host, family(subnet));
        new Address(at("gateway"), { host, dev: bridge.name, address: `${gateway}/${prefixLength(subnet)}`, nodad }, child());
        const own = new Address(at("address"), { host, netns: namespace.name, dev: veth.peer.name, address: `${inside}/${prefixLength(subnet)}`, nodad }, child());
        new Route(at("default"), { host, netns: namespace.name, dst: "default", via: gateway, dev: veth.peer.name }, child(own, port));
        return new Address(at("vtep-address"), { host, dev: vtep.name, address: `${first}/${hostLength(subnet)}`, nodad }, child());
      });
      return { node, outputs: { host, namespace, veth, bridge, vtep, addresses: subnetsOf(node).map((s) => nth(s, 2)) }, local, connected };
    });

    for (const { node, outputs, connected } of made) {
      for (const peer of made.filter((m) => m.node !== node)) {
        const named = (what: string) => `${name}-${node.name}-${peer.node.name}-${what}`;
        const [host, dev, mac] = [node.host, outputs.vtep.name, peer.outputs.vtep.mac.apply((m) => m!)];
        const fdb = new FdbEntry(named("fdb"), { host, dev, mac, dst: peer.local }, child());
        for (const subnet of subnetsOf(peer.node)) {
          const at = (what: string) => `${named(what)}${family(subnet) === 6 ? "6" : ""}`;
          const via = nth(subnet, 0);
          const neighbour = new Neighbour(at("neighbour"), { host, dev, dst: via, lladdr: mac }, child());
          // The route comes last: until then the kernel has nothing to ask the neighbour for.
          new Route(at("route"), { host, dst: subnet, via, dev, onlink: true }, child(...connected, neighbour, fdb));
        }
      }
    }
    this.nodes = made.map((m) => m.outputs);
    this.registerOutputs({ addresses: this.nodes.map((n) => n.addresses) });
  }
}

function subnetsOf(node: VxlanOverlayNode): string[] {
  return [node.subnet].flat();
}

/** The hosts' own address that carries the overlay, or why there is none. */
function required(name: string, address: pulumi.Output<string | undefined>, host: Host, underlay: 4 | 6): pulumi.Output<string> {
  return pulumi.all([address, host.ssh, host.uplink]).apply(([a, ssh, uplink]) => {
    if (!a) throw problem(`${name}: ${ssh}: its uplink ${uplink} has no IPv${underlay} address to carry the overlay`);
    return a;
  });
}

/** Subnets that share addresses, and nodes that share a name on a host. */
function conflicts(nodes: VxlanOverlayNode[]): { property: string; reason: string }[] {
  const problems: { property: string; reason: string }[] = [];
  nodes.forEach((node, i) => {
    const subnets = subnetsOf(node);
    for (const subnet of subnets) {
      if (hostLength(subnet) - prefixLength(subnet) < 2) problems.push({ property: `nodes[${i}].subnet`, reason: `${subnet} is too small: the VTEP, the bridge and the namespace take an address each` });
    }
    if (new Set(subnets.map(family)).size < subnets.length) problems.push({ property: `nodes[${i}].subnet`, reason: "more than one subnet of one family" });
    nodes.slice(0, i).forEach((other) => {
      for (const a of subnetsOf(node)) {
        for (const b of subnetsOf(other)) if (overlap(a, b)) problems.push({ property: `nodes[${i}].subnet`, reason: `${a} overlaps ${b} of node ${other.name}` });
      }
      if (other.host === node.host && other.name === node.name) problems.push({ property: `nodes[${i}].name`, reason: `${node.name} is the name of two nodes on one host` });
    });
  });
  return problems;
}

function overlap(a: string, b: string): boolean {
  const shorter = Math.min(prefixLength(a), prefixLength(b));
  return family(a) === family(b) && nth(`${a.split("/")[0]}/${shorter}`, 0) === nth(`${b.split("/")[0]}/${shorter}`, 0);
}
