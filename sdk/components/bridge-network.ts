import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { family, ifname, inSubnet, netnsName, network } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";
import { BridgePort } from "../bridge-port.js";
import { Bridge } from "../bridge.js";
import type { Host } from "../host.js";
import { VethPair } from "../veth-pair.js";
import { checked } from "./checked.js";
import { acceptBridge, masqueradeBridge } from "./firewall.js";
import { forwarding } from "./forwarding.js";
import { addresses, defaultRoutes, namespace, placeOf } from "./parts.js";
import { addressesLike, cidrsLike, oneAFamily } from "./shapes.js";
import { prefixLength } from "./subnet.js";

/** One container of a bridge network. */
export interface BridgeNetworkContainer {
  /** Name of its namespace, and of what else is its own. */
  name: string;
  /** A namespace that is there already, by the name of its resource: that of a ContainerNamespace, for one. Default: a new one with its name. */
  netns?: pulumi.Input<string>;
  /** Its address in the network of the bridge, one or one of each family: 192.168.1.11, fd00:168:1::11. */
  address: string | string[];
  /** Name of its link, 1 to 12 bytes; the end in the bridge has `-br` after it. Default: NAME-veth. */
  link?: string;
}

export interface BridgeNetworkArgs {
  /** The host that has the bridge. */
  host: Host;
  /** Name of the bridge. Default: bridge1. */
  bridge?: string;
  /** Address of the bridge with the length of the network's prefix, one or one of each family; it is the containers' gateway. Default: 192.168.1.1/24. */
  address?: string | string[];
  /** The containers. Default: `client1` with 192.168.1.11 and `server1` with 192.168.1.12. */
  containers?: BridgeNetworkContainer[];
  /** Whether the containers reach the world outside by the host's own address. Default: true. */
  masquerade?: boolean;
  /** Whether the host gets rules, first in FORWARD, that let through what the containers send and the answers; needed where the policy of FORWARD is drop, as Docker sets it. Default: true. */
  acceptForward?: boolean;
}

const containerShape = {
  name: netnsName,
  address: addressesLike("192.168.1.11"),
  link: ifname.optional(),
};

const shape = {
  bridge: ifname.default("bridge1"),
  address: cidrsLike("192.168.1.1/24").default("192.168.1.1/24"),
  containers: z.array(z.strictObject(containerShape)).default([
    { name: "client1", address: "192.168.1.11" },
    { name: "server1", address: "192.168.1.12" },
  ]),
  masquerade: z.boolean().default(true),
  acceptForward: z.boolean().default(true),
};

type Checked = Required<Omit<BridgeNetworkArgs, "host">>;

/** What the component made of a container, for a program to build on. */
export interface BridgeNetworkContainerOutputs {
  /** Its namespace. */
  netns: pulumi.Output<string>;
  /** The pair: its own end is the container's, its peer the bridge's. */
  veth: VethPair;
  /** Its addresses, one a family. */
  addresses: string[];
}

/**
 * Containers of one host in a network of their own, as Docker makes it: a bridge, and a veth pair into it from the namespace of each; the bridge is their
 * gateway, and the host forwards for them, also where its firewall forwards nothing else.
 */
export class BridgeNetwork extends pulumi.ComponentResource {
  readonly bridge: Bridge;
  /** The containers, in the order in which they were given. */
  readonly containers: BridgeNetworkContainerOutputs[];

  constructor(name: string, args: BridgeNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:BridgeNetwork", name, {}, opts);
    const { host, ...own } = args;
    const wanted = checked<Checked>(`BridgeNetwork ${name}`, shape, { ...own, containers: own.containers?.map(({ netns: _, ...container }) => container) }, conflicts);
    const place = placeOf(this, host, name);
    const gateways = [wanted.address].flat();
    for (const gateway of gateways) forwarding(host, family(gateway));
    this.bridge = new Bridge(place.named("bridge"), { host, name: wanted.bridge, mtu: host.mtu }, place.child());
    addresses(place, "gateway", { dev: this.bridge.name }, gateways);
    if (wanted.acceptForward) acceptBridge(place, this.bridge.name, gateways.map(family));
    if (wanted.masquerade) for (const gateway of gateways) masqueradeBridge(place, this.bridge.name, `${network(gateway)}/${prefixLength(gateway)}`);
    this.containers = wanted.containers.map((container, i) => {
      const at = placeOf(this, host, name, container.name);
      const list = [container.address].flat();
      const netns = namespace(at, container.name, args.containers?.[i]?.netns);
      const veth = new VethPair(at.named("veth"), { host, name: linkOf(container), netns, mtu: host.mtu, peer: { name: `${linkOf(container)}-br` } }, at.child());
      const port = new BridgePort(at.named("port"), { host, dev: veth.peer.name, master: this.bridge.name }, at.child());
      const on = { netns, dev: veth.name };
      const own = addresses(at, "address", on, list.map((a) => `${a}/${prefixLength(gatewayOf(gateways, a)!)}`));
      defaultRoutes(at, on, list.map((a) => gatewayOf(gateways, a)!.split("/")[0]!), ...own, port);
      return { netns, veth, addresses: list };
    });
    this.registerOutputs({ addresses: this.containers.map((c) => c.addresses) });
  }
}

const linkOf = ({ name, link }: BridgeNetworkContainer) => link ?? `${name}-veth`;

/** The bridge's address in whose network an address is. */
const gatewayOf = (gateways: string[], address: string) => gateways.find((g) => family(g) === family(address) && inSubnet(address, g));

/** Containers that share a name, a link or an address, and addresses outside of the bridge's networks. */
function conflicts({ bridge, address, containers }: Checked): Problem[] {
  const gateways = [address].flat();
  const taken = new Map([["link " + bridge, "the bridge"], ...gateways.map((g): [string, string] => ["address " + g.split("/")[0], "the bridge"])]);
  const problems = oneAFamily("address", gateways);
  containers.forEach((container, i) => {
    const at = (property: string, reason: string) => problems.push({ property: `containers[${i}].${property}`, reason });
    const list = [container.address].flat();
    const link = linkOf(container);
    if (Buffer.byteLength(link) > 12) at("link", `${link} has more than 12 bytes, which with \`-br\` is too long for a link`);
    for (const a of list.filter((a) => !gatewayOf(gateways, a))) at("address", `${a} is in no network of the bridge, which has ${gateways.join(", ")}`);
    problems.push(...oneAFamily(`containers[${i}].address`, list));
    for (const [property, what] of [["name", container.name], ["link", `${link}-br`], ...list.map((a) => ["address", a])] as [string, string][]) {
      const other = taken.get(`${property} ${what}`);
      if (other) at(property, `${what} is also that of ${other}`);
      taken.set(`${property} ${what}`, container.name);
    }
  });
  return problems;
}
