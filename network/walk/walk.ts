import { contextFor, Ends, placeName, type At, type Context, type Fault, type Hop } from "./context.js";
import type { Network } from "../network.js";
import { output, type Delivered } from "./ip.js";
import type { Flow, Packet } from "./packet.js";

/** Bytes of what `ping` sends: 20 of IP, 8 of ICMP, 56. */
const PING = 84;
/** How many ways a flow is tried where kernels decide by chance. */
const WAYS = 64;

/** What becomes of a flow: whether its packets reach their destination and the answers come back. */
export interface Prediction {
  verdict: "reached" | "lost" | "unknown";
  /** Why it is lost, or cannot be told; "" where it is reached. */
  reason: string;
  /** What kind of mistake that is, where it is likely to be one. */
  fault?: Fault;
  /** What to change so that it is reached. */
  remedy?: string;
  /** Where that was. */
  at: At;
  /** The resources that decided it. */
  by: string[];
  /** What happened on the way, up to there. */
  hops: Hop[];
  /** Where the first packet arrived, where it did: who has the address, and the port there. */
  socket?: { at: At; address: string; port: number };
}

/** Follows the first packets of a flow, and what answers them, through a network as its kernels would take them. */
export function walk(network: Network, flow: Flow): Prediction {
  const predictions: Prediction[] = [];
  // What kernels decide by chance is tried each way.
  const pending: number[][] = [[]];
  for (let tried = 0; pending.length > 0 && tried < WAYS; tried++) {
    const script = pending.pop()!;
    const made: number[] = [];
    const choose = (of: number) => {
      const n = made.length;
      if (n >= script.length) for (let other = of - 1; other > 0; other--) pending.push([...made, other]);
      made.push(script[n] ?? 0);
      return made[n]!;
    };
    predictions.push(once(network, flow, choose));
  }
  const first = predictions[0]!;
  const other = predictions.find((p) => p.verdict !== first.verdict);
  if (!other) return first;
  const bad = [first, other].find((p) => p.verdict !== "reached")!;
  return { ...bad, verdict: "unknown", reason: `it depends on what a kernel chooses by chance: ${bad.reason}` };
}

function once(network: Network, flow: Flow, choose: (of: number) => number): Prediction {
  const c = contextFor(network, choose);
  const from: At = { host: flow.host, netns: flow.netns ?? "" };
  const found: Pick<Prediction, "socket"> = {};
  try {
    converse(c, from, flow, ({ at, packet }) => (found.socket = { at, address: packet.dst, port: packet.dport }));
  } catch (error) {
    if (!(error instanceof Ends)) throw error;
    const { verdict, reason, at, by, remedy, fault } = error;
    return unlessUnknown(c, from, { verdict, reason, at, by, hops: c.hops, ...(fault && { fault }), ...(remedy !== undefined && { remedy }), ...found });
  }
  return unlessUnknown(c, from, { verdict: "reached", reason: "", at: found.socket!.at, by: [], hops: c.hops, ...found });
}

/** The first packet, the answer, and over TCP what the sender says to that. */
function converse(c: Context, from: At, flow: Flow, arrived: (there: Delivered) => void): void {
  const id = 40_000;
  const packet: Partial<Packet> = { protocol: flow.protocol, dst: flow.to, sport: id, dport: flow.protocol === "icmp" ? id : (flow.port ?? 0), opens: true, size: flow.size ?? PING, df: flow.df ?? false, ttl: 64, mark: 0 };
  const there = output(c, from, packet as Packet);
  arrived(there);
  const back = answer(c, there);
  const { packet: got } = back;
  const right = back.at.host === from.host && back.at.netns === from.netns && got.src === flow.to && got.sport === packet.dport && got.dport === id;
  if (!right) throw new Ends("lost", back.at, `the answer comes to ${placeName(back.at)} from ${got.src}, not from ${flow.to}`, [], "see that the answer takes the way back through the host that has changed the addresses");
  if (flow.protocol === "tcp") output(c, from, { ...(packet as Packet), src: got.dst, opens: false });
}

function answer(c: Context, { at, packet }: Delivered): Delivered {
  const { protocol, src, dst, sport, dport, size, df } = packet;
  return output(c, at, { protocol, src: dst, dst: src, sport: dport, dport: sport, size, df, opens: false, ttl: 64, mark: 0 });
}

/** What is not known of a place may change what becomes of a packet there. */
function unlessUnknown(c: Context, from: At, prediction: Prediction): Prediction {
  // Who was only asked does not matter where somebody has answered.
  const places = prediction.verdict === "reached" ? [from, ...prediction.hops] : [...c.looked.values()];
  for (const at of places) {
    const unknown = c.network.hosts[at.host]?.namespaces[at.netns]?.unknown[0];
    if (unknown) return { ...prediction, verdict: "unknown", reason: `${unknown.what} (${placeName(at)})`, at, by: unknown.by === undefined ? [] : [unknown.by] };
  }
  return prediction;
}
