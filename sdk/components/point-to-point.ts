import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { mtu, netnsName, network } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";
import type { Host } from "../host.js";
import { VethPair } from "../veth-pair.js";
import { checked } from "./checked.js";
import { addresses, namespace, placeOf } from "./parts.js";
import { cidrsLike, oneAFamily } from "./shapes.js";
import { prefixLength } from "./subnet.js";

/** One end of a point-to-point network. */
export interface PointToPointEnd {
  /** Name of its namespace, 1 to 10 bytes; its link is `veth-NAME`. */
  name: string;
  /** Its address with the length of the prefix, one or one of each family: 10.0.0.11/24, fd00:10::11/64. */
  address: string | string[];
}

export interface PointToPointArgs {
  /** The host that has both ends. */
  host: Host;
  /** The two ends. Default: `client` with 10.0.0.11/24 and `server` with 10.0.0.12/24. */
  ends?: PointToPointEnd[];
  /** MTU of the link, in bytes. Default: 1500. */
  mtu?: number;
}

const endShape = {
  name: netnsName.refine((v) => Buffer.byteLength(v) <= 10, { error: "has more than 10 bytes, which with `veth-` is too long for a link" }),
  address: cidrsLike("10.0.0.11/24"),
};

const shape = {
  ends: z.array(z.strictObject(endShape)).length(2, "are two: a veth pair has no more").default([
    { name: "client", address: "10.0.0.11/24" },
    { name: "server", address: "10.0.0.12/24" },
  ]),
  mtu: mtu.optional(),
};

/** What the component made of an end, for a program to build on. */
export interface PointToPointEndOutputs {
  /** Its namespace. */
  netns: pulumi.Output<string>;
  /** Name of its link. */
  link: pulumi.Output<string>;
  /** Its addresses, one a family. */
  addresses: string[];
}

/**
 * Two namespaces of one host joined by a veth pair, as by a cable: nothing else is between them, and nothing else reaches them.
 */
export class PointToPoint extends pulumi.ComponentResource {
  /** The ends, in the order in which they were given. */
  readonly ends: PointToPointEndOutputs[];
  readonly veth: VethPair;

  constructor(name: string, args: PointToPointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:PointToPoint", name, {}, opts);
    const { host, ...own } = args;
    const { ends, mtu } = checked<{ ends: PointToPointEnd[]; mtu?: number }>(`PointToPoint ${name}`, shape, { ...own }, (wanted) => conflicts(wanted.ends));
    const places = ends.map((end) => placeOf(this, host, name, end.name));
    const [a, b] = ends.map((end, i) => ({ name: `veth-${end.name}`, netns: namespace(places[i]!, end.name) }));
    this.veth = new VethPair(`${name}-veth`, { host, ...a!, mtu, peer: b! }, { parent: this });
    this.ends = [{ netns: a!.netns, link: this.veth.name }, { netns: b!.netns, link: this.veth.peer.name }].map(({ netns, link }, i) => {
      const list = [ends[i]!.address].flat();
      addresses(places[i]!, "address", { netns, dev: link }, list);
      return { netns, link, addresses: list.map((c) => c.split("/")[0]!) };
    });
    this.registerOutputs({ addresses: this.ends.map((e) => e.addresses) });
  }
}

/** Ends that bear one name, or whose addresses are not of one network. */
function conflicts([a, b]: PointToPointEnd[]): Problem[] {
  const [mine, other] = [a, b].map((end) => [end!.address].flat());
  const at = (property: string, reason: string) => ({ property: `ends[1].${property}`, reason });
  const lost = other!.filter((c) => !mine!.some((m) => sameNetwork(m, c)));
  return [
    ...(a!.name === b!.name ? [at("name", `both ends are named ${a!.name}`)] : []),
    ...lost.map((c) => at("address", `${c} is on no network of the other end, which has ${mine!.join(", ")}`)),
    ...[mine!, other!].flatMap((list, i) => oneAFamily(`ends[${i}].address`, list)),
  ];
}

function sameNetwork(a: string, b: string): boolean {
  return prefixLength(a) === prefixLength(b) && network(a) === network(b);
}
