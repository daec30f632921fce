import { z } from "zod";
import { netnsName } from "../fields.js";
import { defineKind, type Want } from "../kind.js";
import { backendOf, backends, type Place } from "../netfilter/backend.js";
import { changeNat } from "../netfilter/conntrack.js";
import { backendFor, backendProblems, familyFor } from "../netfilter/place.js";
import { canonicalRule, chainName, ruleProblems, ruleSchema, type Rule } from "../netfilter/rule.js";
import { touchOf } from "../netfilter/touch.js";
import { isBuiltIn, tables } from "../netfilter/words.js";

export const firewallChainShape = {
  /** Name of the chain, up to 28 bytes. */
  name: chainName.refine((v) => !isBuiltIn(v), { error: "is the name of a chain of the kernel's own" }),
  /** Network namespace whose packets it sees. Default: the host's own. */
  netns: netnsName.optional(),
  /** Family of the packets: 4 or 6. Default: that of the addresses that the rules name, else 4. */
  family: z.union([z.literal(4), z.literal(6)]).optional(),
  /** Table: `filter`, `nat`, `mangle` or `raw`. Default: filter. */
  table: z.enum(tables).default("filter"),
  /** What netfilter is told by, as for a FirewallRule. Default: what works on the host. */
  backend: z.enum(backends).optional(),
  /** Its rules, in order; each as a FirewallRule is, from `protocol` on. A change replaces all of them in one step. */
  rules: z.array(ruleSchema),
};

type Wanted = Want<typeof firewallChainShape>;

const placeOf = (want: Wanted): Place => ({ ...want, family: want.family!, chain: want.name });
const connections = (want: Wanted, from: readonly Rule[], to: readonly Rule[]) => changeNat(want.netns, want.family!, from, to);

export const firewallChain = defineKind({
  name: "FirewallChain",
  shape: firewallChainShape,
  outputs: [],
  identity: ["name", "netns", "family", "table", "backend"],
  refs: ["netns"],
  beside: ["name", "family", "table"],
  rules: (want, facts) => {
    const family = familyFor(want.family, want.rules);
    const where = { family, table: want.table, chain: want.name };
    return [...backendProblems(want.backend, facts), ...want.rules.flatMap((rule, i) => ruleProblems(rule, where).map((p) => ({ ...p, property: `rules[${i}].${p.property}` })))];
  },
  complete: (want, _seed, facts, resource) => {
    const family = familyFor(want.family, Array.isArray(want.rules) ? want.rules : [want.rules]);
    const rules = Array.isArray(want.rules) ? want.rules.map((rule) => canonicalRule(rule, family)) : want.rules;
    return { ...want, rules, family, backend: backendFor(want.backend, facts, resource) };
  },
  objects: (want) => [`chain ${want.netns ?? ""} ${want.family} ${want.table} ${want.name}`],
  touches: (want) => touchOf(placeOf(want), want.rules),
  network: ({ netns, backend, family, table, name, rules }) => [{ is: "rules", netns, backend: backend!, family: family!, table, chain: name, rules: rules.map((rule) => ({ ...rule, position: "last" })) }],
  show: (want) => [backendOf(placeOf(want)).show(placeOf(want))],
  parse: ([shown], want) => {
    const seen = shown === undefined ? undefined : backendOf(placeOf(want)).read(shown, placeOf(want));
    return seen && { name: want.name, netns: want.netns, family: want.family, table: want.table, backend: want.backend, rules: seen.map(({ rule }) => rule as Rule) };
  },
  add: (want) => [...backendOf(placeOf(want)).fill(placeOf(want), want.rules), ...connections(want, [], want.rules)],
  set: (want, _changed, observed) => [...backendOf(placeOf(want)).fill(placeOf(want), want.rules), ...connections(want, observed.rules ?? [], want.rules)],
  del: (want, observed) => [...backendOf(placeOf(want)).removeChain(placeOf(want)), ...connections(want, observed.rules ?? [], [])],
});
