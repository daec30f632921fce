import { z } from "zod";
import { netnsName } from "../fields.js";
import { defineKind, type Want } from "../kind.js";
import { backends, policy, type Place } from "../netfilter/backend.js";
import { backendFor, backendProblems } from "../netfilter/place.js";
import { touchOf } from "../netfilter/touch.js";
import { builtIn, tables } from "../netfilter/words.js";

export const firewallPolicyShape = {
  /** Network namespace whose packets it decides on. Default: the host's own. */
  netns: netnsName.optional(),
  /** Family of the packets: 4 or 6. Default: 4. */
  family: z.union([z.literal(4), z.literal(6)]).default(4),
  /** Table: `filter`, `mangle` or `raw`; a policy other than accept belongs into filter. Default: filter. */
  table: z.enum(tables).default("filter"),
  /** One of the kernel's own chains: INPUT, FORWARD, OUTPUT … */
  chain: z.string(),
  /** Whose policy it is: `iptables-nft`, `iptables-legacy` or `iptables`; nft's own chains have none. Default: what works on the host. */
  backend: z.enum(backends).optional(),
  /** What becomes of packets that no rule has decided on: `accept` or `drop`. `drop` for INPUT or OUTPUT can cut the SSH connection. */
  policy: z.enum(["accept", "drop"]),
};

const placeOf = (want: Want<typeof firewallPolicyShape>): Place => want;

export const firewallPolicy = defineKind({
  name: "FirewallPolicy",
  shape: firewallPolicyShape,
  outputs: [],
  identity: ["netns", "family", "table", "chain", "backend"],
  refs: ["netns"],
  borrowed: true,
  rules: (want, facts) => {
    const own = Object.keys(builtIn[want.table]!);
    const backend = want.backend ?? facts?.firewalls[0];
    return [
      ...backendProblems(want.backend, facts),
      ...(own.includes(want.chain) ? [] : [{ property: "chain", reason: `"${want.chain}" is none of the kernel's own chains of the table ${want.table}: ${own.join(", ")}` }]),
      ...(want.table === "nat" && want.policy === "drop" ? [{ property: "policy", reason: "the table nat only sees the first packet of a connection, and drops none: use the table filter" }] : []),
      ...(backend === "nft" ? [{ property: "backend", reason: "nft has no chains of the kernel's own, so no policy of theirs: say what to accept by a FirewallRule, in the chain whose owner drops" }] : []),
    ];
  },
  complete: (want, _seed, facts, resource) => ({ ...want, backend: backendFor(want.backend, facts, resource) }),
  objects: (want) => [`policy ${want.netns ?? ""} ${want.family} ${want.table} ${want.chain}`],
  // Also to go back to accept is a change of what was found.
  touches: (want) => touchOf(want, [{ target: "drop" }]),
  network: ({ netns, backend, family, table, chain, policy }) => [{ is: "policy", netns, backend: backend!, family, table, chain, policy }],
  show: (want) => [policy.show(placeOf(want))],
  parse: ([shown], want) => {
    const seen = shown === undefined ? undefined : policy.read(shown, placeOf(want));
    return seen === undefined ? undefined : { ...want, policy: seen as "accept" | "drop" };
  },
  add: () => [],
  set: (want) => policy.set(placeOf(want), want.policy),
  del: () => [],
});
