import type { Output } from "@pulumi/pulumi";
import { family } from "../../provider/fields.js";
import { FirewallChain } from "../firewall-chain.js";
import { FirewallRule } from "../firewall-rule.js";
import type { Site } from "./backends/backend.js";
import type { Place } from "./parts.js";

/** Groups, which are never translated (RFC 5771, RFC 4291 2.7). */
const MULTICAST = { 4: "224.0.0.0/4", 6: "ff00::/8" };

/** Lets a host forward what comes from its subnets and what goes there, before any other rule of FORWARD and whatever its policy, as flannel does. */
export function acceptForward({ host, subnets, named, child }: Place & { subnets: string[] }): void {
  for (const subnet of subnets) {
    const at = family(subnet) === 6 ? "6" : "";
    const rule = { host, chain: "FORWARD", position: "first", target: "accept" } as const;
    new FirewallRule(named(`forward-from${at}`), { ...rule, source: subnet }, child());
    new FirewallRule(named(`forward-to${at}`), { ...rule, destination: subnet }, child());
  }
}

/** Gives what leaves a host's subnets for elsewhere than the overlay the host's own address, as flannel does. */
export function masquerade({ node, host, subnets, named, child }: Site, overlay: readonly string[]): void {
  for (const subnet of subnets) {
    const of = family(subnet);
    const at = of === 6 ? "6" : "";
    const inside = [...overlay.filter((other) => family(other) === of), MULTICAST[of]];
    const rules = [...inside.map((destination) => ({ destination, target: "return" as const })), { target: "masquerade" as const }];
    const chain = new FirewallChain(named(`masquerade${at}`), { host, family: of, table: "nat", name: `linuxnet-${node.name}`, rules }, child());
    new FirewallRule(named(`masquerade-from${at}`), { host, table: "nat", chain: "POSTROUTING", source: subnet, target: "jump", toChain: chain.name }, child());
  }
}

/**
 * Lets a host forward what comes from a bridge, also from one port of it to another where `br_netfilter` asks the firewall, and what answers that, before any other
 * rule of FORWARD and whatever its policy, as Docker does.
 */
export function acceptBridge({ host, named, child }: Place, dev: Output<string>, families: (4 | 6)[]): void {
  for (const family of families) {
    const at = family === 6 ? "6" : "";
    const rule = { host, family, chain: "FORWARD", position: "first", target: "accept" } as const;
    new FirewallRule(named(`forward-from${at}`), { ...rule, inInterface: dev }, child());
    new FirewallRule(named(`forward-to${at}`), { ...rule, outInterface: dev, ctstate: ["established", "related"] }, child());
  }
}

/** Gives what comes from the network of a bridge and leaves by another link the host's own address, as Docker does. */
export function masqueradeBridge({ host, named, child }: Place, dev: Output<string>, subnet: string): void {
  const at = family(subnet) === 6 ? "6" : "";
  new FirewallRule(named(`masquerade${at}`), { host, table: "nat", chain: "POSTROUTING", source: subnet, outInterface: dev, not: ["outInterface"], target: "masquerade" }, child());
}
