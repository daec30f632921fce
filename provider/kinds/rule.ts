import { z } from "zod";
import { family, ifname, netnsName, prefix } from "../fields.js";
import { flag, ip, opt, rows } from "../iproute2.js";
import { defineKind, type Argv, type Problem, type Want } from "../kind.js";
import { onHost } from "../risk.js";
import { hasUnknown, unknownValue } from "../unknown.js";
import { fwmark, ipproto, ports } from "./selectors.js";

/** The main routing table (linux/rtnetlink.h, RT_TABLE_MAIN). */
const MAIN = 254;
/** A mask of all bits, without which the kernel takes the mark 0 for none. */
const ALL_BITS = "0xffffffff";

export const ruleShape = {
  /** Rules are tried from the lowest priority, 0 to 4294967295. The kernel's own have 0 (local), 32766 (main) and 32767 (default). */
  priority: z.number().int().min(0).max(4_294_967_295),
  /** Network namespace that holds the rule. Default: the host's own. */
  netns: netnsName.optional(),
  /** For which packets: 4 or 6. Default: as `from` or `to` says, else 4. */
  family: z.union([z.literal(4), z.literal(6)], { error: "is 4 or 6" }).optional(),
  /** Prefix that the source address is in. Default: any. */
  from: prefix.optional(),
  /** Prefix that the destination address is in. Default: any. */
  to: prefix.optional(),
  /** Link that the packet came in by; `lo` for what the host itself sends. It may come and go. Default: any. */
  iif: ifname.optional(),
  /** Link that the packet's socket is bound to. It may come and go. Default: any. */
  oif: ifname.optional(),
  /** Mark of the packet, such as 1, 0x10 or 0x10/0xff with a mask. Default: any. */
  fwmark: fwmark.optional(),
  /** Protocol inside IP, by its number, 1 to 255, or by name: icmp, tcp, udp, gre, esp, ah, icmpv6, ospf, sctp. Default: any. */
  ipproto: ipproto.optional(),
  /** Source port, 1 to 65535, or ports such as "1000-2000". Default: any. */
  sport: ports.optional(),
  /** Destination port, 1 to 65535, or ports such as "1000-2000". Default: any. */
  dport: ports.optional(),
  /** Whether it is for the packets that the rest does not describe. Default: false. */
  not: z.boolean().default(false),
  /** What becomes of them: `lookup` in `table`, or `blackhole` (dropped in silence), `unreachable`, `prohibit` (with an ICMP answer). Default: lookup. */
  action: z.enum(["lookup", "blackhole", "unreachable", "prohibit"]).default("lookup"),
  /** Number of the routing table for `lookup`. Default: 254, main. */
  table: z.number().int().min(1).max(4_294_967_295).optional(),
  /** Of what the table says, pass over routes whose prefix has this length or less: 0 passes over default routes. Default: none. */
  suppressPrefixlength: z.number().int().min(0).max(128).optional(),
};

type Wanted = Want<typeof ruleShape>;

/** What `ip -N` prints for the actions (linux/fib_rules.h, FR_ACT_BLACKHOLE and so on). */
const actions: Record<string, Wanted["action"]> = { 6: "blackhole", 7: "unreachable", 8: "prohibit" };

/** What describes the packets, named as in iproute2. */
const selectors = ["from", "to", "iif", "oif", "fwmark", "ipproto", "sport", "dport"] as const;
const identity = ["netns", "family", "priority", "not", ...selectors] as const;

/** What `-j` calls all that is read here; a rule that shows anything else is none that can be declared. */
const known = ["priority", "not", "src", "srclen", "dst", "dstlen", "iif", "iif_detached", "oif", "oif_detached", "fwmark", "fwmask", "ipproto", "sport", "sport_start", "sport_end", "dport", "dport_start", "dport_end", "action", "table", "suppress_prefixlen", "protocol"];

type Shown = Partial<Wanted> & { other: boolean };

/** Reads a rule as `ip -N -j rule show` prints it. */
function read(row: Record<string, any>): Shown {
  const net = (address: string | undefined, length: number | undefined) =>
    address === undefined || address === "all" ? undefined : `${address}/${length ?? (family(address) === 6 ? 128 : 32)}`;
  const range = (name: string) => (row[name] !== undefined ? String(row[name]) : row[`${name}_start`] !== undefined ? `${row[`${name}_start`]}-${row[`${name}_end`]}` : undefined);
  return {
    from: net(row.src, row.srclen),
    to: net(row.dst, row.dstlen),
    iif: row.iif,
    oif: row.oif,
    fwmark: row.fwmark && [row.fwmark, row.fwmask].filter(Boolean).map((n: string) => `0x${Number(n).toString(16)}`).join("/"),
    ipproto: row.ipproto && Number(String(row.ipproto).replace("ipproto-", "")),
    sport: range("sport"),
    dport: range("dport"),
    not: "not" in row,
    action: row.action === undefined ? "lookup" : (actions[row.action] ?? row.action),
    table: row.table === undefined ? undefined : Number(row.table),
    suppressPrefixlength: row.suppress_prefixlen,
    other: Object.keys(row).some((key) => !known.includes(key)),
  };
}

const same = (a: Partial<Wanted>, b: Partial<Wanted>) => [...selectors, "not" as const].every((key) => a[key] === b[key]);
/** Whether the kernel would take the one for the other when it deletes: what is not said, and `not`, does not count (net/core/fib_rules.c, rule_find). */
const taken = (said: Partial<Wanted>, rule: Shown) =>
  [...selectors, "action" as const, "table" as const, "suppressPrefixlength" as const].every((key) => said[key] === undefined || said[key] === rule[key]);

const familyOf = (want: Wanted) => want.family ?? family(want.from ?? want.to ?? "");
const tableOf = (want: Wanted) => want.table ?? (want.action === "lookup" ? MAIN : undefined);

function write(verb: "add" | "del", want: Wanted, what: Partial<Wanted>): Argv {
  const exact = { ...what, fwmark: what.fwmark && !what.fwmark.includes("/") ? `${what.fwmark}/${ALL_BITS}` : what.fwmark };
  const words = selectors.flatMap((key) => opt(key, exact[key]));
  const does = what.action === "lookup" ? ["lookup", what.table] : [what.action];
  return ip(want.netns, `-${familyOf(want)}`, "rule", verb, "priority", want.priority, ...flag("not", what.not), ...words, ...opt("suppress_prefixlength", what.suppressPrefixlength), ...does);
}

const make = (want: Wanted) => write("add", want, { ...want, table: tableOf(want) });

export const rule = defineKind({
  name: "Rule",
  shape: ruleShape,
  outputs: [],
  identity,
  // Of two rules with one priority the kernel could delete the wrong one.
  beside: (want, old) => (want.priority === old.priority && want.family === old.family ? [] : identity),
  refs: ["netns"],
  collides: "A rule of the same priority describes the same packets, or all others: give this one another priority",
  rules: (want) => {
    const of = familyOf(want);
    const problems: Problem[] = [];
    for (const property of ["from", "to"] as const) {
      const value = want[property];
      if (value === "default" || value?.endsWith("/0")) problems.push({ property, reason: `${value} is every address: leave it out` });
      else if (value && family(value) !== of) problems.push({ property, reason: `${value} is not IPv${of}, as ${want.family ? "`family`" : "the other prefix"} is` });
    }
    for (const property of ["table", "suppressPrefixlength"] as const) {
      if (want[property] !== undefined && want.action !== "lookup") problems.push({ property, reason: `${want.action} looks up nothing` });
    }
    if (want.not && selectors.every((key) => want[key] === undefined)) problems.push({ property: "not", reason: "needs something that the packets are not" });
    return problems;
  },
  complete: (want) => ({
    ...want,
    family: hasUnknown([want.from, want.to]) ? (want.family ?? (unknownValue as never)) : familyOf(want),
    table: tableOf(want),
  }),
  objects: (want) => [["rule", want.netns ?? "", `-${familyOf(want)}`, want.priority, ...flag("not", want.not), ...selectors.flatMap((key) => opt(key, want[key]))].join(" ")],
  // What came in by a link and goes out by another is not the host's own.
  touches: (want) => (want.iif && want.iif !== "lo" && !want.not ? [] : onHost(want.netns, { what: "route", dst: want.not ? "default" : (want.to ?? "default") })),
  network: ({ netns, ...want }) => [{ is: "rule", netns, ...want, family: familyOf(want as Wanted), table: tableOf(want as Wanted) ?? MAIN }],
  show: (want) => [ip(want.netns, "-j", "-N", `-${familyOf(want)}`, "rule", "show", "priority", want.priority)],
  parse: ([shown], want) => {
    const all = rows(shown).map(read);
    const ours = all.findIndex((r) => !r.other && same(r, want));
    const { other: _, ...seen } = all[ours] ?? { other: true };
    const first = all.findIndex((r) => taken(ours < 0 ? { ...want, table: tableOf(want) } : seen, r));
    if (ours < 0) return first < 0 ? undefined : { conflict: `the priority ${want.priority} has a rule that would go when this one is deleted: give this one another priority` };
    return { ...seen, priority: want.priority, family: familyOf(want), ...(first < ours && { shadowed: true }) };
  },
  add: (want) => [make(want)],
  // No rule can change: the new one comes before the old one goes.
  set: (want, _changed, observed) => [make(want), write("del", want, observed)],
  del: (want, observed) => {
    if (observed.shadowed) throw new Error(`rule ${want.priority} cannot be deleted, as the kernel would delete another one of this priority: remove that by hand first`);
    return [write("del", want, observed)];
  },
});
