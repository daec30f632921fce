import type { Network } from "../network.js";
import { walk, type Prediction } from "../walk/walk.js";
import { spacesOf, type Finding, type Look } from "./finding.js";

/** Up to how many namespaces each is tried with each; of more, each with the next few. */
const ALL = 10;
const FEW = 3;

interface End {
  host: string;
  netns: string;
  address: string;
  mtu: number | undefined;
}

/** The namespaces that a program makes, each with its first address. */
function endsOf(network: Network): End[] {
  return spacesOf(network).flatMap(({ at, ns }) => {
    const first = at.netns === "" || ns.open ? undefined : ns.addresses[0];
    return first ? [{ ...at, address: first.address.split("/")[0]!, mtu: ns.links[first.dev]?.mtu }] : [];
  });
}

/** Losses that are what somebody wants as often as not: nothing has been declared that would lead there. */
const meant = ({ fault, socket }: Prediction) => fault === undefined || (fault === "route" && !socket);

/** Ways between namespaces that begin well and are lost by a mistake: no way back, a hop that does not forward, a policy, an MTU, a tunnel's other end. */
export const brokenWays: Look = (network) => {
  const ends = endsOf(network);
  const partners = (i: number) => (ends.length <= ALL ? ends.filter((_, j) => j !== i) : Array.from({ length: FEW }, (_, k) => ends[(i + k + 1) % ends.length]!));
  const found = ends.flatMap((from, i) => partners(i).flatMap((to) => broken(network, from, to)));
  // One mistake breaks many ways.
  const keyOf = (f: Finding) => `${f.change} ${f.by.join()}`;
  return found.filter((f, i) => found.findIndex((other) => keyOf(other) === keyOf(f)) === i);
};

const asked = (from: End, to: End) => `${from.netns} on ${from.host} to ${to.address} (${to.netns} on ${to.host})`;

function broken(network: Network, from: End, to: End): Finding[] {
  const flow = { host: from.host, netns: from.netns, to: to.address, protocol: "icmp" } as const;
  const way = walk(network, flow);
  if (way.verdict === "reached") return from.mtu === undefined ? [] : long(walk(network, { ...flow, size: from.mtu, df: true }), from, to);
  if (way.verdict !== "lost" || meant(way)) return [];
  return [{ level: "warning", what: `packets from ${asked(from, to)} are lost: ${way.reason}`, change: way.remedy ?? "", by: way.by.length > 0 ? way.by : way.hops.flatMap((h) => h.by).slice(-1) }];
}

/** Packets as long as the sender's link has them, which a link without a voice drops. */
function long({ verdict, fault, reason, remedy, by }: Prediction, from: End, to: End): Finding[] {
  if (verdict !== "lost" || fault !== "mtu") return [];
  return [{ level: "warning", what: `long packets from ${asked(from, to)} are lost, and nobody is told: ${reason}`, change: remedy ?? "", by }];
}
