import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { cidr, family, ifname } from "../../provider/fields.js";
import { vxlanShape } from "../../provider/kinds/vxlan.js";
import { BridgePort } from "../bridge-port.js";
import { Bridge } from "../bridge.js";
import type { Host } from "../host.js";
import type { KernelObject } from "../kernel-object.js";
import { NetworkNamespace } from "../network-namespace.js";
import { Routes } from "../routes.js";
import { there } from "../run.js";
import { UnmanagedLinks } from "../unmanaged-links.js";
import { VethPair } from "../veth-pair.js";
import type { Backend, Site } from "./backends/backend.js";
import { hostGw } from "./backends/host-gw.js";
import { ipip } from "./backends/ipip.js";
import { vxlan, type VxlanOptions } from "./backends/vxlan.js";
import { checked } from "./checked.js";
import { acceptForward, masquerade } from "./firewall.js";
import { forwarding } from "./forwarding.js";
import { addresses, defaultRoutes, ownAddress, placeOf } from "./parts.js";
import { nodeConflicts, nth, nodeSubnets, prefixLength } from "./subnet.js";

/** One host of an overlay. */
export interface OverlayNode {
  /** The host. */
  host: Host;
  /** What its objects are named after: `245` gives ns245, veth245, br245, and vtep245, or tun245 and for IPv6 tun245six. 1 to 9 characters. */
  name: string;
  /** The subnet of its containers, one or one of each family: 172.245.0.0/24, fd00:245::/64. The first address is the tunnel's, the second the bridge's, the third the namespace's. */
  subnet: string | string[];
  /** With ipip: the address of the tunnel's end, such as 172.245.1.1/30. Default: the first of the subnet. */
  tunnel?: string;
}

/** How the hosts of an overlay reach each other; the words are flannel's. */
const backends = { "host-gw": () => hostGw, ipip: () => ipip, vxlan } satisfies Record<string, (options: VxlanOptions) => Backend<any>>;

export type OverlayBackend = keyof typeof backends;

export interface OverlayArgs {
  /** The hosts; two or more. */
  nodes: OverlayNode[];
  /** `host-gw` (plain routes between neighbours), `ipip` (IP in IPv4) or `vxlan` (Ethernet in UDP). Another one is one update: the new way is made on all hosts, then the routes change over, then the old way goes. */
  backend: OverlayBackend;
  /** With vxlan: the network identifier, 0 to 16777215. Default: 1, as flannel's. */
  vni?: number;
  /** With vxlan: UDP port of the outer packets. Default: 8472, the kernel's and flannel's. */
  dstport?: number;
  /** With vxlan: whether the VTEP leaves the checksums of what is inside to the device, as the kernel does. `false` where all but pings is lost: some virtual network cards send the wrong checksum of the outer packets then (flannel issue 1279). Default: as the kernel has it. */
  checksumOffload?: boolean;
  /** Family of the hosts' own addresses that carry the outer packets: 4 or 6. Default: 4. */
  underlay?: 4 | 6;
  /** Whether each host gets rules, first in FORWARD, that let the overlay's packets through; needed where the policy of FORWARD is drop, as Docker sets it. Default: false. */
  acceptForward?: boolean;
  /** Whether what leaves the subnets for elsewhere gets the host's own address, so that containers reach the world. Default: false. */
  masquerade?: boolean;
  /** Whether a frame may go back by the port of the bridge that it came in by: a namespace that reaches itself by a virtual address needs it where `net.bridge.bridge-nf-call-iptables` is 1. Default: false. */
  hairpin?: boolean;
  /** Whether systemd-networkd, systemd-udevd and NetworkManager of the hosts are told to leave the overlay's links, and routes, alone. Default: false; a preview warns of a manager that would not. */
  unmanaged?: boolean;
}

const nodeShape = {
  name: ifname.refine((v) => v.length <= 9, { error: "has more than 9 characters, which is too long for the links that are named after it" }),
  subnet: nodeSubnets,
  tunnel: cidr.optional(),
};

const shape = {
  nodes: z.array(z.strictObject(nodeShape)).min(2, "an overlay needs two hosts at least"),
  backend: z.enum(Object.keys(backends) as [OverlayBackend], { error: (issue) => `${JSON.stringify(issue.input)} is none of ${Object.keys(backends).join(", ")}` }),
  vni: vxlanShape.vni.default(1),
  dstport: vxlanShape.dstport,
  checksumOffload: z.boolean().optional(),
  underlay: z.union([z.literal(4), z.literal(6)]).default(4),
  acceptForward: z.boolean().default(false),
  masquerade: z.boolean().default(false),
  hairpin: z.boolean().default(false),
  unmanaged: z.boolean().default(false),
};

/** What the component made on one host, for a program to look at or to build on. */
export interface OverlayNodeOutputs<Tunnel = KernelObject | undefined> {
  host: Host;
  namespace: NetworkNamespace;
  veth: VethPair;
  bridge: Bridge;
  /** The link that encapsulates; undefined with host-gw. */
  tunnel: Tunnel;
  /** Addresses of the namespace, one a family. */
  addresses: string[];
  /** MTU inside the overlay, in bytes. */
  mtu: pulumi.Output<number>;
}

/**
 * A network across hosts as flannel makes it: on each host a namespace with a veth pair into a bridge, and a route to the
 * subnet of every other host. How packets get there is the back-end's affair, and all that differs between one and another.
 *
 * Links inside have the MTU of the overlay (the uplink's less what the back-end adds), so no packet is ever too long for it. What a
 * host knows of the others is one resource a sort (routes, neighbours, FDB entries), so the state grows with the hosts, not with
 * their square.
 *
 * Links have their MAC addresses from the start, so no manager of links gives them others; tunnels are links of their own, and the modules' own (`tunl0`, `sit0`) are left alone;
 * each subnet comes in by the link that leads back to it, so strict `rp_filter` lets it through. What must be asked for: `acceptForward` where the firewall forwards
 * nothing by itself, as with Docker, also from port to port of the bridge where `bridge-nf-call-iptables` is 1; `checksumOffload: false` for network cards that cannot; `unmanaged`
 * where a network manager would take routes away.
 */
export class Overlay<Tunnel extends KernelObject | undefined = KernelObject | undefined> extends pulumi.ComponentResource {
  readonly nodes: OverlayNodeOutputs<Tunnel>[];

  constructor(name: string, args: OverlayArgs, opts?: pulumi.ComponentResourceOptions, type = "Overlay") {
    super(`linuxnet:index:${type}`, name, {}, opts);
    const plain = { ...args, nodes: args.nodes?.map(({ host: _, ...node }) => node) };
    const wanted = checked<Required<OverlayArgs>>(`${type} ${name}`, shape, plain, (options) => conflicts(args.nodes, options));
    const backend = backends[wanted.backend](wanted) as Backend<Tunnel>;
    const sites = args.nodes.map((node) => this.site(name, node, wanted, backend));
    const made = sites.map((site) => ({ site, inside: inside(site, wanted.hairpin), carrier: backend.carry(site) }));
    const met = made.map((m) => [...m.carrier.ready, ...(backend.meet?.(m.site, m.carrier, made.filter((other) => other !== m)) ?? [])]);
    // The other hosts are waited for without being depended on: no route changes over before all can receive what it sends.
    const all = there(met.flat());
    made.forEach(({ site, carrier }, i) => {
      const others = sites.filter((s) => s !== site).flatMap((other) => other.subnets.map((subnet) => [subnet, { dst: subnet, onlink: true, ...backend.hop(site, carrier, other, subnet) }] as const));
      new Routes(site.named("routes"), { host: site.host, entries: all.then(() => Object.fromEntries(others)) }, site.child(...met[i]!));
    });
    for (const site of sites) {
      if (wanted.acceptForward) acceptForward(site);
      if (wanted.masquerade) masquerade(site, sites.flatMap((s) => s.subnets));
    }
    this.nodes = made.map(({ site, inside, carrier }) => ({ host: site.host, ...inside, tunnel: carrier.tunnel, addresses: site.subnets.map((s) => nth(s, 2)), mtu: site.mtu }));
    this.registerOutputs({ addresses: this.nodes.map((n) => n.addresses) });
  }

  private site(overlay: string, node: OverlayNode, { underlay, unmanaged }: Required<OverlayArgs>, backend: Backend<Tunnel>): Site {
    const { host } = node;
    const place = placeOf(this, host, overlay, node.name);
    const links = ["veth", "br", "vtep", "tun"].map((kind) => `${kind}${node.name}*`);
    const first = unmanaged ? [new UnmanagedLinks(place.named("unmanaged"), { host, name: `${overlay}-${node.name}`, links }, place.child())] : [];
    return {
      ...place,
      child: (...dependsOn) => place.child(...first, ...dependsOn),
      node,
      subnets: [node.subnet].flat(),
      underlay: ownAddress(`Overlay ${overlay}`, host, underlay, "to carry the overlay"),
      mtu: host.mtu.apply((mtu) => mtu - (backend.overhead[underlay] ?? 0)),
    };
  }
}

/** The namespace of a host, its veth pair and its bridge: the same whatever the back-end. */
function inside(site: Site, hairpin: boolean) {
  const { node, host, subnets, mtu, named, child } = site;
  const namespace = new NetworkNamespace(named("namespace"), { host, name: `ns${node.name}` }, child());
  const veth = new VethPair(named("veth"), { host, name: `veth${node.name}`, mtu, peer: { name: "eth0", netns: namespace.name } }, child());
  const bridge = new Bridge(named("bridge"), { host, name: `br${node.name}`, mtu }, child());
  const port = new BridgePort(named("port"), { host, dev: veth.name, master: bridge.name, hairpin: hairpin || undefined }, child());
  for (const subnet of subnets) {
    const [gateway, own] = [nth(subnet, 1), nth(subnet, 2)];
    const within = (address: string) => [`${address}/${prefixLength(subnet)}`];
    const on = { netns: namespace.name, dev: veth.peer.name };
    forwarding(host, family(subnet));
    addresses(site, "gateway", { dev: bridge.name }, within(gateway));
    defaultRoutes(site, on, [gateway], ...addresses(site, "address", on, within(own)), port);
  }
  return { namespace, veth, bridge };
}

/** What is wrong between the nodes, and what the back-end cannot do. */
function conflicts(nodes: OverlayNode[], { backend, underlay, ...options }: Required<OverlayArgs>): { property: string; reason: string }[] {
  const problems: { property: string; reason: string }[] = [];
  const { overhead, subnets: carries } = backends[backend](options);
  if (overhead[underlay] === undefined) problems.push({ property: "underlay", reason: `${backend} cannot use hosts' IPv${underlay} addresses` });
  nodes.forEach((node, i) => {
    const foreign = [node.subnet].flat().find((s) => !carries.includes(family(s)));
    if (foreign) problems.push({ property: `nodes[${i}].subnet`, reason: `${backend} carries no IPv${family(foreign)} (${foreign}): use vxlan, or host-gw` });
  });
  return [...problems, ...nodeConflicts(nodes, 2, "the tunnel, the bridge and the namespace take an address each")];
}
