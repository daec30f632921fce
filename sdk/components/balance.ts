import type { z } from "zod";
import { family } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";
import type { ruleSchema } from "../../provider/netfilter/rule.js";
import { oneAFamily } from "./shapes.js";
import type { VirtualServiceArgs } from "./virtual-service.js";

type RuleArgs = z.input<typeof ruleSchema>;

/** Where connections go, and how many of them in proportion to the others. */
export interface Target {
  address: string;
  port: number;
  weight: number;
}

/** The chance of each of some rules that are asked one after the other: its share of what those before it have left; the last takes what comes. */
export function chances(weights: readonly number[]): (number | undefined)[] {
  const left = (from: number) => weights.slice(from).reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, i) => (i === weights.length - 1 ? undefined : weight / left(i)));
}

/**
 * Rules that send each connection on to one of the targets. Every one of them says what it is for, although the jump to them has said so: what a rule has done to connections
 * is told from other rules' doing by what it matches.
 */
export function balance(match: RuleArgs, targets: readonly Target[]): RuleArgs[] {
  const chance = chances(targets.map(({ weight }) => weight));
  return targets.map(({ address, port }, i) => ({ ...match, ...(chance[i] !== undefined && { probability: chance[i] }), target: "dnat", to: address, toPorts: port }));
}

/**
 * Rules that give a connection the host's own address, so that its answers come by the host that has sent it on: from a subnet into the same one, where they would go
 * straight to the client, and from outside of all, where they would go by another way. Between two subnets the client's address stays.
 */
export function translate(match: RuleArgs, subnets: readonly string[]): RuleArgs[] {
  const within = subnets.map((subnet): RuleArgs => ({ ...match, source: subnet, destination: subnet, target: "masquerade" }));
  const between = subnets.map((subnet): RuleArgs => ({ ...match, source: subnet, target: "return" }));
  return [...within, ...between, { ...match, target: "masquerade" }];
}

/** Hosts and endpoints that are there twice, and endpoints that no virtual address can lead to. */
export function serviceConflicts(hosts: readonly unknown[], { address, port, endpoints }: Pick<VirtualServiceArgs, "address" | "port" | "endpoints">): Problem[] {
  const families = [address].flat().map(family);
  const twice = (list: readonly unknown[]) => new Set(list).size < list.length;
  const problems = [
    ...(hosts.length === 0 ? [{ property: "hosts", reason: "is one host at least" }] : twice(hosts) ? [{ property: "hosts", reason: "has one host twice" }] : []),
    ...oneAFamily("address", [address].flat()),
  ];
  const taken = new Map<string, number>();
  endpoints.forEach((endpoint, i) => {
    const at = (reason: string) => problems.push({ property: `endpoints[${i}].address`, reason });
    const list = [endpoint.address].flat();
    problems.push(...oneAFamily(`endpoints[${i}].address`, list));
    if (!list.some((a) => families.includes(family(a)))) at(`${list.join(", ")} is of another family than ${[address].flat().join(", ")}, by which it is to be reached`);
    for (const a of list) {
      const key = `${a} port ${endpoint.port ?? port}`;
      if (taken.has(key)) at(`${key} is endpoints[${taken.get(key)}] as well: to give it more connections, say a higher \`weight\``);
      taken.set(key, i);
    }
  });
  return problems;
}
