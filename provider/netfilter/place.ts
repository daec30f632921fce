import { createHash } from "node:crypto";
import { machine, type Connection } from "../host/connection.js";
import type { Facts } from "../host/facts.js";
import type { Problem, Resource } from "../kind.js";
import { hasUnknown, unknownValue } from "../unknown.js";
import { familyOf, type Rule } from "./rule.js";

/** The family that a program says, or else that of what its rules name, or else IPv4. */
export function familyFor(given: 4 | 6 | undefined, rules: readonly Partial<Rule>[]): 4 | 6 {
  if (given !== undefined) return given;
  const named = rules.map((r) => (typeof r === "object" ? familyOf(r) : undefined)).find((f) => f !== undefined);
  return named ?? (hasUnknown(rules) ? (unknownValue as never) : 4);
}

/** What netfilter is told by: what the program says, else what works on the host, else what it was. */
export function backendFor<B extends string>(given: B | undefined, facts: Facts | undefined, resource: Resource): B {
  return given ?? ((facts ? facts.firewalls[0] : (resource.before.backend ?? unknownValue)) as B);
}

/** A mark that a resource keeps for ever, and that no other one has. */
export function tagFor(given: string | undefined, resource: Resource): string {
  const { owner, before } = resource;
  return given ?? (before.tag as string | undefined) ?? (hasUnknown(owner) ? unknownValue : createHash("sha256").update(owner).digest("hex").slice(0, 12));
}

/** Why a host cannot be told; nothing where it can, or has not been met. */
export function backendProblems(given: string | undefined, facts: Facts | undefined): Problem[] {
  if (!facts || (given === undefined ? facts.firewalls.length > 0 : facts.firewalls.includes(given))) return [];
  const known = facts.firewalls.join(", ");
  return given === undefined
    ? [{ property: "host", reason: `has neither iptables nor nft that its kernel ${facts.kernel} works with: install iptables or nftables` }]
    : [{ property: "backend", reason: `${given} does not work on the host: ${known ? `there is ${known}` : "nothing does"}` }];
}
