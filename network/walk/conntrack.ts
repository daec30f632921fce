import { keyOf, type At, type Context } from "./context.js";
import { inverse, same, tupleOf, type Connection, type Packet } from "./packet.js";

/** The connections that a namespace tracks. */
const known = (c: Context, at: At): Connection[] => {
  const key = keyOf(at.host, at.netns);
  const list = c.connections.get(key) ?? [];
  c.connections.set(key, list);
  return list;
};

/** Finds the connection of a packet that comes into a namespace, or begins one (nf_conntrack_in). */
export function track(c: Context, at: At, packet: Packet): void {
  if (packet.tracked) return; // What goes over the loopback link keeps it.
  const tuple = tupleOf(packet);
  for (const connection of known(c, at)) {
    if (same(tuple, connection.original)) return void (packet.tracked = { connection, direction: "original", state: "established" });
    if (same(tuple, connection.reply)) return void (packet.tracked = { connection, direction: "reply", state: "established" });
  }
  // An answer to what was never seen begins nothing, but for protocols without a beginning.
  if (!packet.opens && (packet.protocol === "tcp" || packet.protocol === "icmp")) return void (packet.tracked = { direction: "original", state: "invalid" });
  packet.tracked = { connection: { original: tuple, reply: inverse(tuple), translated: new Set() }, direction: "original", state: "new" };
}

/** Keeps the connection that a packet has begun, once the packet leaves the namespace or has arrived (nf_conntrack_confirm). */
export function confirm(c: Context, at: At, { tracked }: Packet): void {
  if (tracked?.connection && !known(c, at).includes(tracked.connection)) known(c, at).push(tracked.connection);
}

/** Gives a packet the destination, or the source, that its connection has been given. */
export function translate(packet: Packet, what: "source" | "destination"): void {
  const { connection, direction } = packet.tracked ?? {};
  if (!connection) return;
  const { original, reply } = connection;
  const [end, port] = direction === "original" ? (what === "destination" ? [reply.src, reply.sport] : [reply.dst, reply.dport]) : what === "destination" ? [original.src, original.sport] : [original.dst, original.dport];
  if (what === "destination") Object.assign(packet, { dst: end, dport: port });
  else Object.assign(packet, { src: end, sport: port });
}
