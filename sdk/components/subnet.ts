import ipaddr from "ipaddr.js";
import { family, inSubnet, network, prefix } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";
import type { Host } from "../host.js";
import { oneAFamily, oneOrMore } from "./shapes.js";

/** A subnet. */
export const subnet = prefix.refine((v) => v !== "default", { error: "is a subnet such as 172.245.0.0/24" });

/** The subnet of a node, or one of each family. */
export const nodeSubnets = oneOrMore(subnet, "a prefix", "172.245.0.0/24");

/** Subnets that share addresses or have fewer than so many bits for them, and nodes that share a name on a host. */
export function nodeConflicts(nodes: { host: Host; name: string; subnet: string | string[] }[], bits: number, whose: string): Problem[] {
  return nodes.flatMap((node, i) => {
    const subnets = [node.subnet].flat();
    const at = (property: string, reason: string) => ({ property: `nodes[${i}].${property}`, reason });
    const others = nodes.slice(0, i);
    return [
      ...subnets.filter((s) => hostLength(s) - prefixLength(s) < bits).map((s) => at("subnet", `${s} is too small: ${whose}`)),
      ...oneAFamily(`nodes[${i}].subnet`, subnets, "subnet"),
      ...others.flatMap((other) => subnets.flatMap((a) => [other.subnet].flat().filter((b) => overlap(a, b)).map((b) => at("subnet", `${a} overlaps ${b} of node ${other.name}`)))),
      ...others.filter((other) => other.host === node.host && other.name === node.name).map(() => at("name", `${node.name} is the name of two nodes on one host`)),
    ];
  });
}

function overlap(a: string, b: string): boolean {
  return inSubnet(network(a), b) || inSubnet(network(b), a);
}

/** The address of a subnet that is `n` after its first. */
export function nth(subnet: string, n: number): string {
  const bytes = ipaddr.parse(network(subnet)).toByteArray();
  for (let i = bytes.length - 1, carry = n; carry > 0 && i >= 0; i--) {
    const sum = bytes[i]! + carry;
    bytes[i] = sum & 0xff;
    carry = sum >> 8;
  }
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** The length of a subnet's prefix. */
export function prefixLength(subnet: string): number {
  return Number(subnet.split("/")[1]);
}

/** The length of a prefix that is one address. */
export function hostLength(subnet: string): number {
  return family(subnet) === 6 ? 128 : 32;
}
