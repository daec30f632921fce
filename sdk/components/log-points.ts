import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { tables } from "../../provider/netfilter/words.js";
import { FirewallRule } from "../firewall-rule.js";
import type { Host } from "../host.js";
import { checked } from "./checked.js";
import { inFamily, placeOf } from "./parts.js";

/** Where a packet meets netfilter: a table and a chain of the kernel's own, `nat PREROUTING`. */
const paths = {
  /** What a host forwards. */
  forwarded: ["nat PREROUTING", "filter FORWARD", "nat POSTROUTING"],
  /** What a host sends, and what it takes. */
  own: ["nat OUTPUT", "filter OUTPUT", "nat POSTROUTING", "nat PREROUTING", "nat INPUT", "filter INPUT"],
};

/** All that the table nat ever sees; that a rule asks makes the kernel track connections, without which it asks nat for nothing (nf_nat_inet_fn). */
const SEEN_BY_NAT: ("new" | "related")[] = ["new", "related"];

export interface LogPointsArgs {
  /** The host whose packets are logged. */
  host: Host;
  /** `forwarded` for a host that packets pass (nat PREROUTING, filter FORWARD, nat POSTROUTING), `own` for one that sends and takes them (nat OUTPUT, filter OUTPUT, nat POSTROUTING; nat PREROUTING, nat INPUT, filter INPUT), or a list of points such as `mangle FORWARD`. Default: forwarded. */
  points?: "forwarded" | "own" | string[];
  /** Family of the packets: 4 or 6. Default: 4. */
  family?: 4 | 6;
  /** Protocol of the packets. Default: icmp, icmpv6 for family 6. Of a busy one much is logged. */
  protocol?: "tcp" | "udp" | "sctp" | "icmp" | "icmpv6";
}

const shape = {
  points: z
    .union([z.enum(Object.keys(paths) as [keyof typeof paths]), z.array(z.string().regex(new RegExp(`^(${tables.join("|")}) [A-Z]+$`))).min(1)], {
      error: (issue) => `${JSON.stringify(issue.input)} is none of ${Object.keys(paths).join(", ")}, nor a list of tables and chains such as "filter FORWARD"`,
    })
    .default("forwarded"),
  family: z.union([z.literal(4), z.literal(6)]).default(4),
  protocol: z.enum(["tcp", "udp", "sctp", "icmp", "icmpv6"]).optional(),
};

/**
 * Rules that log the packets of a protocol wherever they meet netfilter on their way, each with the point's name before it: `Nat-PREROUTING-1-`. They decide
 * nothing. Each is put first in its chain, so declare them to depend on what else puts rules there. The kernel's log has them (`dmesg`, `journalctl -k`, or
 * where rsyslog writes `kern.*`).
 *
 * The table nat sees only the first packet of a connection: from the second on, only the points of filter are passed.
 *
 * Equivalent to: `iptables -t nat -I PREROUTING -p icmp -j LOG --log-prefix "Nat-PREROUTING-1-"` …
 */
export class LogPoints extends pulumi.ComponentResource {
  /** The words that stand before what is logged, in the order of the points. */
  readonly prefixes: string[];

  constructor(name: string, args: LogPointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:LogPoints", name, {}, opts);
    const { host, ...own } = args;
    const { points, family, protocol = family === 6 ? "icmpv6" : "icmp" } = checked<Required<Omit<LogPointsArgs, "host">>>(`LogPoints ${name}`, shape, own);
    const place = placeOf(this, host, name);
    const parts = (typeof points === "string" ? paths[points] : points).map((point) => point.split(" ") as [(typeof tables)[number], string]);
    this.prefixes = parts.map(([table, chain]) => {
      const logPrefix = `${table[0]!.toUpperCase()}${table.slice(1)}-${chain}-1-`;
      new FirewallRule(place.named(inFamily(`${table}-${chain}`, family)), { host, family, table, chain, position: "first", protocol, ...(table === "nat" && { ctstate: SEEN_BY_NAT }), target: "log", logPrefix }, place.child());
      return logPrefix;
    });
    this.registerOutputs({ prefixes: this.prefixes });
  }
}
