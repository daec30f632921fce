import type { Host, Link, Namespace, Network } from "../network.js";
import type { Connection } from "./packet.js";

/** A namespace of a host. */
export interface At {
  host: string;
  netns: string;
}

/** What happened to a packet at one place, and the resources that decided it. */
export interface Hop extends At {
  what: string;
  by: string[];
}

/** What kind of mistake a loss is, where it is likely to be one: nobody means it so. */
export type Fault = "route" | "forwarding" | "policy" | "mtu" | "tunnel" | "neighbour" | "reverse";

/** The end of a packet's way before it is where it should be: it is lost, or what becomes of it cannot be told. */
export class Ends extends Error {
  constructor(
    readonly verdict: "lost" | "unknown",
    readonly at: At,
    readonly reason: string,
    readonly by: string[],
    readonly remedy?: string,
    readonly fault?: Fault,
  ) {
    super(reason);
  }
}

/** What one walk knows and learns. */
export interface Context {
  network: Network;
  hops: Hop[];
  /** Every namespace that has been looked at. */
  looked: Map<string, At>;
  /** Whether what happens is told: not while somebody is only asked for. */
  quiet: number;
  /** Connections by the namespace that tracks them. */
  connections: Map<string, Connection[]>;
  /** MAC addresses that neighbours were found to have, by namespace, link and address. */
  resolved: Map<string, string>;
  /** Where MAC addresses were seen, by namespace, link and address: a port of a bridge, or another end of a tunnel. */
  learned: Map<string, string>;
  /** One of so many, where a kernel decides by chance. */
  choose(of: number): number;
}

/** A network of which nothing has been learned yet. */
export const contextFor = (network: Network, choose: Context["choose"] = () => 0): Context => ({ network, hops: [], looked: new Map(), quiet: 0, connections: new Map(), resolved: new Map(), learned: new Map(), choose });

export const keyOf = (...parts: string[]) => parts.join("\0");

export const hostOf = (c: Context, at: At): Host => c.network.hosts[at.host]!;

/** The namespace of a place. */
export function namespaceAt(c: Context, at: At): Namespace {
  const ns = c.network.hosts[at.host]?.namespaces[at.netns];
  c.looked.set(keyOf(at.host, at.netns), at);
  if (!ns) throw new Ends("unknown", at, `nothing is known of ${placeName(at)}`, []);
  return ns;
}

export function linkAt(c: Context, at: At, name: string): Link {
  const link = namespaceAt(c, at).links[name];
  if (!link) throw new Ends("unknown", at, `nothing is known of the link ${name} in ${placeName(at)}`, []);
  return link;
}

/** A namespace as a sentence names it. */
export const placeName = ({ host, netns }: At) => (netns === "" ? host : `${netns} on ${host}`);

export const declaredBy = (...elements: ({ by?: string } | undefined)[]): string[] => [...new Set(elements.flatMap((e) => e?.by ?? []))];

export function tell(c: Context, at: At, what: string, ...elements: ({ by?: string } | undefined)[]): void {
  if (c.quiet === 0) c.hops.push({ host: at.host, netns: at.netns, what, by: declaredBy(...elements) });
}

export function lost(at: At, reason: string, elements: ({ by?: string } | undefined)[] = [], remedy?: string, fault?: Fault): never {
  throw new Ends("lost", at, reason, declaredBy(...elements), remedy, fault);
}

export function unsure(at: At, reason: string, elements: ({ by?: string } | undefined)[] = [], remedy?: string): never {
  throw new Ends("unknown", at, reason, declaredBy(...elements), remedy);
}
