import type { Output } from "@pulumi/pulumi";
import { family } from "../../provider/fields.js";
import { FirewallChain } from "../firewall-chain.js";
import { FirewallRule, type FirewallRuleArgs } from "../firewall-rule.js";
import type { Site } from "./backends/backend.js";
import { inFamily, type Place } from "./parts.js";

/** Groups, which are never translated (RFC 5771, RFC 4291 2.7). */
const MULTICAST = { 4: "224.0.0.0/4", 6: "ff00::/8" };

type Match = Pick<FirewallRuleArgs, "protocol" | "source" | "sourcePorts" | "destination" | "destinationPorts" | "inInterface" | "outInterface" | "ctstate">;

/** Lets a host forward what comes from a network and what goes there, before any other rule of FORWARD and whatever its policy. */
export function accept({ host, named, child }: Place, of: 4 | 6, from: Match, to: Match): void {
  const rule = { host, family: of, chain: "FORWARD", position: "first", target: "accept" } as const;
  new FirewallRule(named(inFamily("forward-from", of)), { ...rule, ...from }, child());
  new FirewallRule(named(inFamily("forward-to", of)), { ...rule, ...to }, child());
}

/** Lets a host forward for its subnets, as flannel does. */
export function acceptForward(place: Place & { subnets: string[] }): void {
  for (const subnet of place.subnets) accept(place, family(subnet), { source: subnet }, { destination: subnet });
}

/** Lets a host forward for a bridge, also from one port of it to another where `br_netfilter` asks the firewall, and what answers that, as Docker does. */
export function acceptBridge(place: Place, dev: Output<string>, families: (4 | 6)[]): void {
  for (const of of families) accept(place, of, { inInterface: dev }, { outInterface: dev, ctstate: ["established", "related"] });
}

/** Gives what leaves a host's subnets for elsewhere than the overlay the host's own address, as flannel does. */
export function masquerade({ node, host, subnets, named, child }: Site, overlay: readonly string[]): void {
  for (const subnet of subnets) {
    const of = family(subnet);
    const inside = [...overlay.filter((other) => family(other) === of), MULTICAST[of]];
    const rules = [...inside.map((destination) => ({ destination, target: "return" as const })), { target: "masquerade" as const }];
    const chain = new FirewallChain(named(inFamily("masquerade", of)), { host, family: of, table: "nat", name: `linuxnet-${node.name}`, rules }, child());
    new FirewallRule(named(inFamily("masquerade-from", of)), { host, table: "nat", chain: "POSTROUTING", source: subnet, target: "jump", toChain: chain.name }, child());
  }
}

/** Gives what comes from the network of a bridge and leaves by another link the host's own address, as Docker does. */
export function masqueradeBridge({ host, named, child }: Place, dev: Output<string>, subnet: string): void {
  new FirewallRule(named(inFamily("masquerade", family(subnet))), { host, table: "nat", chain: "POSTROUTING", source: subnet, outInterface: dev, not: ["outInterface"], target: "masquerade" }, child());
}
