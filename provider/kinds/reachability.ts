import { z } from "zod";
import { ip as ipField, netnsName } from "../fields.js";
import { defineKind, type Argv, type Want } from "../kind.js";
import { HOLDS, LOOK, NOT_YET } from "./reachability-script.js";

export const reachabilityShape = {
  /** Network namespace that the packets come from; a program says host and namespace together, as `from: { host, netns }`. Default: the host's own. */
  netns: netnsName.optional(),
  /** Address that they go to. */
  to: ipField,
  /** What is asked: `icmp` (a ping), `tcp` (a connection), `udp` (a datagram, to which one must come back). Default: icmp. */
  protocol: z.enum(["icmp", "tcp", "udp"]).default("icmp"),
  /** Port, for tcp and udp. */
  port: z.number().int().min(1).max(65_535).optional(),
  /** Whether there must be an answer; `false`: there must be none. Default: true. */
  holds: z.boolean().default(true),
  /** Seconds to wait until it is so, 1 to 600. Default: 10. */
  timeout: z.number().int().min(1).max(600).default(10),
  /** Output: what the model says will become of it: `reached`, `lost: …` or `unknown: …`. */
  prediction: z.string().default("unknown"),
  /** Output: a digest of the network that the program declares; where that is another, it is asked again. */
  network: z.string().default(""),
  /** Output: always true. A refresh shows false where it is otherwise by then; the next update then asks again. */
  verified: z.literal(true, { error: "is true: it is what the packets say" }).default(true),
};

type Wanted = Want<typeof reachabilityShape>;

const script = (text: string, { netns, protocol, to, port }: Wanted, ...args: string[]): Argv => ["sh", "-c", text, "linuxnet", netns ?? "", protocol, to, String(port ?? ""), ...args];

/** How an observation that is not as it should be goes with the prediction. */
function remark({ holds, prediction }: Pick<Wanted, "holds" | "prediction">): string {
  const [verdict, reason] = prediction.split(/: (.*)/s) as [string, string | undefined];
  if (verdict === "unknown") return `It could not be predicted${reason ? ` (${reason})` : ""}`;
  if ((verdict === "reached") !== holds) return `So it was predicted${reason ? `: ${reason}` : ""}`;
  return `That contradicts the prediction, which is ${prediction}: the hosts are not as the program says, or the model is wrong. Look for what somebody else has put there: rules of a firewall, routes`;
}

export const reachability = defineKind({
  name: "Reachability",
  shape: reachabilityShape,
  outputs: [],
  borrowed: true,
  last: true,
  identity: ["netns", "to", "protocol", "port"],
  refs: ["netns"],
  rules: ({ protocol, port }) => [
    ...(protocol === "icmp" && port !== undefined ? [{ property: "port", reason: "icmp has no ports: set `protocol`" }] : []),
    ...(protocol !== "icmp" && port === undefined ? [{ property: "port", reason: `is missing: ${protocol} needs it` }] : []),
  ],
  objects: ({ netns, to, protocol, port }) => [`reachability ${netns ?? ""} ${to} ${protocol} ${port ?? ""}`.trimEnd()],
  show: (want) => [script(LOOK, want)],
  parse: ([shown = ""], want) => (shown.startsWith("there is no network namespace") ? undefined : { ...want, verified: ((shown.trim() === "answered") === want.holds) as true }),
  add: () => [],
  set: () => [],
  del: () => [],
  settled: (want) => ({ probe: script(HOLDS, want, String(want.holds), remark(want)), notYet: NOT_YET, seconds: want.timeout, late: "does not hold" }),
});
