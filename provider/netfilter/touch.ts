import type { Touch } from "../risk.js";
import { commandOf, type Place } from "./backend.js";
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

/** The link whose packets are all that a rule can meet. */
function only({ inInterface, outInterface, not = [] }: Partial<Rule>): string | undefined {
  const named = (link: string | undefined, key: "inInterface" | "outInterface") => (link?.endsWith("+") || not.includes(key) ? undefined : link);
  return named(inInterface, "inInterface") ?? named(outInterface, "outInterface");
}

/** What rules of a chain touch. */
export function touchOf(place: Place, rules: readonly Partial<Rule>[]): Touch[] {
  const { netns, table, chain, backend, family } = place;
  const command = backend === "nft" ? `nft-${family === 6 ? "ip6" : "ip"}` : commandOf(place);
  const deciding = rules.filter((rule) => decides(table, chain, rule));
  const links = deciding.map(only).filter((link) => link !== undefined);
  return [{ what: "firewall", chain, command, ...(netns !== undefined && { netns }), decides: deciding.length > 0, ...(links.length === deciding.length && links.length > 0 && { links }) }];
}
