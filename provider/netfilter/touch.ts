import { onHost, type Touch } from "../risk.js";
import type { Rule } from "./rule.js";
import { isBuiltIn } from "./words.js";

/** Chains that packets to and from the host itself never meet, or only to have their source changed. */
const passing = ["FORWARD", "POSTROUTING"];

/** Whether a rule can decide what becomes of the host's own connections. */
function decides(table: string, chain: string, { target, protocol, destinationPorts }: Partial<Rule>): boolean {
  if (target === "log" || target === "mark" || passing.includes(chain)) return false;
  // Who translates names the ports, or takes SSH along with all else.
  if (table === "nat") return (protocol === undefined || protocol === "tcp") && destinationPorts === undefined && (target === "dnat" || target === "redirect");
  return isBuiltIn(chain) || target === "drop" || target === "reject";
}

/** What rules of a chain touch of the host's own network. */
export function touchOf({ netns, table, chain }: { netns?: string; table: string; chain: string }, rules: readonly Partial<Rule>[]): Touch[] {
  return rules.some((rule) => decides(table, chain, rule)) ? onHost(netns, { what: "firewall", chain }) : [];
}
