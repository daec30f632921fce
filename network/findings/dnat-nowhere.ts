import { declaredBy } from "../walk/context.js";
import { walk } from "../walk/walk.js";
import { spacesOf, type Look } from "./finding.js";

/** A translation to an address that nobody has, or that nothing leads to. */
export const dnatNowhere: Look = (network) =>
  spacesOf(network).flatMap(({ at, place, ns }) => {
    const rules = ns.netfilter.chains.flatMap(({ rules }) => rules).filter((r) => r.target === "dnat" && r.by !== undefined && r.to !== undefined && !r.to.includes("-"));
    const targets = new Map(rules.map((rule) => [`${rule.to} ${rule.by}`, rule]));
    return [...targets.values()].flatMap((rule) => {
      const { verdict, socket, reason, fault, remedy } = walk(network, { ...at, to: rule.to!, protocol: "icmp" });
      if (verdict !== "lost" || socket || (fault !== "route" && fault !== "neighbour")) return [];
      return [{ level: "warning" as const, what: `what ${place} sends on to ${rule.to} gets nowhere: ${reason}`, change: remedy ?? "name an address that is there", by: declaredBy(rule) }];
    });
  });
