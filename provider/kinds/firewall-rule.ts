import { z } from "zod";
import { netnsName } from "../fields.js";
import { pick } from "../handlers.js";
import { defineKind, type Want } from "../kind.js";
import { backendOf, backends, type Position, type Seen } from "../netfilter/backend.js";
import { beginNat, endNat } from "../netfilter/conntrack.js";
import { backendFor, backendProblems, familyFor, tagFor } from "../netfilter/place.js";
import { canonicalRule, chainName, chainProblems, ruleKeys, ruleProblems, ruleShape, type Rule } from "../netfilter/rule.js";
import { touchOf } from "../netfilter/touch.js";
import { tables } from "../netfilter/words.js";
import { equal } from "../plan.js";

export const firewallRuleShape = {
  /** Network namespace whose packets it sees. Default: the host's own. */
  netns: netnsName.optional(),
  /** Family of the packets: 4 or 6. Default: that of the addresses that the rule names, else 4. */
  family: z.union([z.literal(4), z.literal(6)]).optional(),
  /** Table: `filter`, `nat`, `mangle` or `raw`. Default: filter. */
  table: z.enum(tables).default("filter"),
  /** Chain: one of the kernel's own (PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING), or one that somebody made. */
  chain: chainName,
  /** Where in the chain it is put when it is made, or when this changes: `first` or `last`. Rules that come later go before or after it; where order matters among several, put them into a FirewallChain. A rule that must not be met after somebody else's `reject` belongs first. Default: last. */
  position: z.enum(["first", "last"]).default("last"),
  /** What netfilter is told by: `iptables-nft`, `iptables-legacy`, `iptables` (where the host has no other name for it), or `nft`, which has a table of its own, `linuxnet`: an accept there cannot undo another table's drop. Default: what works on the host, the flavour of its `iptables` before others. */
  backend: z.enum(backends).optional(),
  /** What the rule is known by on the host, as `linuxnet:TAG` in its comment. Default: follows from project, stack and resource, and stays for the life of the resource. */
  tag: z.string().regex(/^[0-9a-z]{1,16}$/, "is 1 to 16 lower-case letters and digits").optional(),
  ...ruleShape,
};

type Wanted = Want<typeof firewallRuleShape> & { family: 4 | 6 };

const ruleOf = (want: object) => pick(want as Record<string, unknown>, ruleKeys) as Rule;
const placed = ({ netns, backend, family, table }: Wanted) => ({ netns, backend: backend!, family, table });
const marked = (want: Wanted) => ({ rule: ruleOf(want), tag: want.tag! });

/** A rule is known by its mark: another one that does the same is somebody else's. */
export const firewallRule = defineKind({
  name: "FirewallRule",
  shape: firewallRuleShape,
  outputs: [],
  exact: true,
  neverAdopted: "a rule is known by its mark, which only its own resource gives",
  identity: ["netns", "family", "table", "chain", "backend", "tag"],
  refs: ["netns", "chain", "toChain"],
  beside: ["family", "table", "chain"],
  rules: (want, facts) => {
    const where = { ...want, family: familyFor(want.family, [want]) };
    return [...backendProblems(want.backend, facts), ...chainProblems(where), ...ruleProblems(ruleOf(want), where)];
  },
  complete: (want, _seed, facts, resource) => {
    const family = familyFor(want.family, [want]);
    return { ...canonicalRule(want, family), family, backend: backendFor(want.backend, facts, resource), tag: tagFor(want.tag, resource) };
  },
  objects: (want) => [`rule ${want.netns ?? ""} ${want.family} ${want.table} ${want.chain} ${want.tag}`],
  touches: (want) => touchOf(want as Wanted, [ruleOf(want)]),
  network: (want) => [{ is: "rules", ...(placed(want as Wanted)), chain: want.chain, rules: [{ ...ruleOf(want), position: want.position }] }],
  show: (want) => [backendOf(want as Wanted).show(want as Wanted)],
  parse: ([shown], want) => {
    const ours = shown === undefined ? [] : (backendOf(want as Wanted).read(shown, want as Wanted) ?? []).filter(({ tag }) => tag === want.tag);
    // Of copies, such as a second `iptables-restore --noflush` makes, one that differs is what to speak of.
    const one = ours.find(({ rule }) => !equal(rule, ruleOf(want))) ?? ours[0];
    const blank = Object.fromEntries(ruleKeys.map((key) => [key, undefined]));
    return one && { ...pick(want, ["netns", "family", "table", "chain", "backend", "tag"]), ...blank, ...one.rule, ours };
  },
  add: (want) => [...backendOf(want as Wanted).insert(want as Wanted, marked(want as Wanted), want.position), ...beginNat(want.netns, want.family!, ruleOf(want))],
  set: (want, changed, observed) => {
    const moved: Position | undefined = changed.includes("position") ? want.position : undefined;
    const acts = changed.some((key) => key !== "position" && key !== "comment");
    return [
      ...backendOf(want as Wanted).replace(want as Wanted, observed.ours as Seen[], marked(want as Wanted), moved),
      ...(acts ? [...endNat(want.netns, want.family!, ruleOf(observed)), ...beginNat(want.netns, want.family!, ruleOf(want))] : []),
    ];
  },
  del: (want, observed) => [...(observed.ours ? backendOf(want as Wanted).remove(want as Wanted, observed.ours as Seen[]) : backendOf(want as Wanted).unmake(want as Wanted, marked(want as Wanted))), ...endNat(want.netns, want.family!, ruleOf(observed))],
});
