import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { family, ifname, inSubnet, network } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";
import { BridgePort } from "../bridge-port.js";
import { FirewallRule } from "../firewall-rule.js";
import type { Host } from "../host.js";
import { Route } from "../route.js";
import { Sysctl } from "../sysctl.js";
import { UplinkBridge } from "../uplink-bridge.js";
import { VethPair } from "../veth-pair.js";
import { checked } from "./checked.js";
import { forwarding } from "./forwarding.js";
import { addresses, defaultRoutes, inFamily, namespace, ownAddress, placeOf, type On, type Place } from "./parts.js";
import { cidrsLike, oneAFamily } from "./shapes.js";
import { prefixLength } from "./subnet.js";

/** One namespace on the uplink's network. */
export interface UplinkNetworkNamespace {
  /** What its objects are named after: `1` gives the namespace ns1 with the link veth1a, and veth1b on the bridge. 1 to 10 bytes. */
  name: string;
  /** Its address with the length of the prefix, one or one of each family: 10.244.1.2/24, fd00:244:1::2/64. */
  address: string | string[];
}

export interface UplinkNetworkArgs {
  /** The host whose uplink becomes a port of the bridge. */
  host: Host;
  /** Name of the bridge. Default: br0. */
  bridge?: string;
  /** The namespaces. Default: ns1 with 10.244.1.2/24. */
  namespaces?: UplinkNetworkNamespace[];
  /** Hosts on the uplink's network that get a route to the namespaces, straight over their own uplinks. Default: none. */
  peers?: Host[];
  /** Address that the bridge gets besides the host's own, with the length of the prefix, one or one of each family: 10.244.1.1/24. The host is the namespaces' gateway then, and what it sends on for them bears its own address (SNAT), so that nobody needs a route. Default: none, everything is on the link. */
  gateway?: string | string[];
}

const namespaceShape = {
  name: ifname.refine((v) => Buffer.byteLength(v) <= 10, { error: "has more than 10 bytes, which with `veth` and `b` is too long for a link" }),
  address: cidrsLike("10.244.1.2/24"),
};

const shape = {
  bridge: ifname.default("br0"),
  namespaces: z.array(z.strictObject(namespaceShape)).default([{ name: "1", address: "10.244.1.2/24" }]),
  gateway: cidrsLike("10.244.1.1/24").optional(),
};

type Checked = { bridge: string; namespaces: UplinkNetworkNamespace[]; gateway?: string | string[] };

/** What the component made of a namespace, for a program to build on. */
export interface UplinkNetworkNamespaceOutputs {
  netns: pulumi.Output<string>;
  /** The pair: its own end is the bridge's, its peer the namespace's. */
  veth: VethPair;
  /** Its addresses, one a family. */
  addresses: string[];
}

/** What sends everything that has no other way to the link itself. */
const EVERYTHING = { 4: "default", 6: "::/0" };

/**
 * Namespaces on the network of a host's uplink, as if each were another machine there: the uplink becomes a port of a bridge ([UplinkBridge](resources.md#uplinkbridge)), and each namespace has a
 * cable into it. Their subnet may be another one than the host's: then the other hosts find it on their own links (`peers`), or the host stands in for them (`gateway`).
 *
 * With a gateway, what comes from a namespace goes out by the link that it came in by, and the host would tell it to ask the other machine itself (ICMP redirect), by which nothing comes
 * back: the namespaces do not accept that.
 */
export class UplinkNetwork extends pulumi.ComponentResource {
  readonly bridge: UplinkBridge;
  /** The namespaces, in the order in which they were given. */
  readonly namespaces: UplinkNetworkNamespaceOutputs[];

  constructor(name: string, args: UplinkNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:UplinkNetwork", name, {}, opts);
    const { host, peers = [], ...own } = args;
    const wanted = checked<Checked>(`UplinkNetwork ${name}`, shape, own, conflicts);
    const place = placeOf(this, host, name);
    const gateways = [wanted.gateway ?? []].flat();
    this.bridge = new UplinkBridge(place.named("bridge"), { host, name: wanted.bridge }, place.child());
    addresses(place, "gateway", { dev: this.bridge.name }, gateways);
    for (const gateway of gateways) this.standIn(place, `UplinkNetwork ${name}`, gateway);
    this.namespaces = wanted.namespaces.map((one) => {
      const at = placeOf(this, host, name, one.name);
      const list = [one.address].flat();
      const netns = namespace(at, `ns${one.name}`);
      const veth = new VethPair(at.named("veth"), { host, name: `veth${one.name}b`, mtu: host.mtu, peer: { name: `veth${one.name}a`, netns } }, at.child());
      const port = new BridgePort(at.named("port"), { host, dev: veth.name, master: this.bridge.name }, at.child());
      const on = { netns, dev: veth.peer.name };
      const given = [...addresses(at, "address", on, list), port];
      const via = list.flatMap((a) => gateways.find((g) => family(g) === family(a))?.split("/")[0] ?? []);
      defaultRoutes(at, on, via, ...given);
      if (gateways.length > 0) refuseRedirects(at, on, list.map(family));
      else for (const of of list.map(family)) new Route(at.named(inFamily("default", of)), { host, ...on, dst: EVERYTHING[of] }, at.child(...given));
      return { netns, veth, addresses: list.map((a) => a.split("/")[0]!) };
    });
    const subnets = new Set(wanted.namespaces.flatMap((one) => [one.address].flat().map((a) => `${network(a)}/${prefixLength(a)}`)));
    for (const peer of peers) for (const dst of subnets) new Route(`${name}-${peer.logicalName}-${dst}`, { host: peer, dst, dev: peer.uplink }, { parent: this });
    this.registerOutputs({ addresses: this.namespaces.map((n) => n.addresses) });
  }

  /** Has the host forward for a network, with its own address as the source. */
  private standIn({ host, named, child }: Place, who: string, gateway: string): void {
    const of = family(gateway);
    forwarding(host, of);
    new FirewallRule(
      named(inFamily("snat", of)),
      { host, family: of, table: "nat", chain: "POSTROUTING", source: `${network(gateway)}/${prefixLength(gateway)}`, outInterface: this.bridge.name, target: "snat", to: ownAddress(who, host, of, "to stand in for the namespaces with") },
      child(),
    );
  }
}

function refuseRedirects({ host, named, child }: Place, { netns, dev }: On, families: (4 | 6)[]): void {
  for (const of of families) {
    // Either of the two is enough for the kernel to accept them.
    for (const link of ["all", dev]) new Sysctl(named(inFamily(link === "all" ? "no-redirects" : "no-redirects-link", of)), { host, netns, key: pulumi.interpolate`net/ipv${of}/conf/${link}/accept_redirects`, value: 0 }, child());
  }
}

/** Names and addresses that are given twice, and namespaces that the gateway cannot be one for. */
function conflicts({ namespaces, gateway = [] }: Checked): Problem[] {
  const gateways = [gateway].flat();
  const taken = new Map(gateways.map((g): [string, string] => [`address ${g.split("/")[0]}`, "the bridge"]));
  const problems = oneAFamily("gateway", gateways);
  namespaces.forEach(({ name, address }, i) => {
    const at = (property: string, reason: string) => problems.push({ property: `namespaces[${i}].${property}`, reason });
    const list = [address].flat();
    problems.push(...oneAFamily(`namespaces[${i}].address`, list));
    for (const one of gateways.length > 0 ? list : []) {
      if (!gateways.some((g) => family(g) === family(one) && inSubnet(one.split("/")[0]!, g))) at("address", `${one} is in no network of the gateway, which has ${gateways.join(", ")}`);
    }
    for (const [property, what] of [["name", name], ...list.map((a) => ["address", a.split("/")[0]])] as [string, string][]) {
      const other = taken.get(`${property} ${what}`);
      if (other) at(property, `${what} is also that of ${other}`);
      taken.set(`${property} ${what}`, `ns${name}`);
    }
  });
  return problems;
}
