import { family } from "../../provider/fields.js";
import type { Element, Link, Tunnel } from "../network.js";
import { Ends, hostOf, keyOf, lost, namespaceAt, placeName, tell, unsure, type At, type Context } from "./context.js";
import { output, type Delivered } from "./ip.js";
import type { Packet } from "./packet.js";
import { isLocal, lookup } from "./route.js";
import { BROADCAST, Wire, type Through } from "./wire.js";

/** All that no other entry names. */
const ZERO = "00:00:00:00:00:00";

const wrapped = (link: Link) => `${link.tunnel!.type}${link.tunnel!.key === undefined ? "" : ` ${link.tunnel!.key}`}${link.tunnel!.port === undefined ? "" : `, port ${link.tunnel!.port}`}`;

/** Wraps what a tunnel carries, and takes that to the other end. */
function wrap(c: Context, at: At, link: Link, to: string, inner: { size: number; df: boolean }): Delivered {
  const tunnel = link.tunnel!;
  const under = { host: at.host, netns: tunnel.netns };
  const size = inner.size + (tunnel.overhead[family(to)] ?? 0);
  if (tunnel.local !== undefined && !isLocal(namespaceAt(c, under), tunnel.local)) lost(at, `${link.name} sends from ${tunnel.local}, which is no address of ${placeName(under)}`, [link], `give \`local\` an address that ${placeName(under)} has`);
  tell(c, at, `${link.name} wraps it (${wrapped(link)}) for ${to}`, link);
  const outer: Partial<Packet> = { protocol: tunnel.protocol, src: tunnel.local, dst: to, sport: 50_000, dport: tunnel.port ?? 0, size, df: !tunnel.fragments, opens: true, ttl: 64, mark: 0 };
  const route = lookup(c, namespaceAt(c, under), { ...(outer as Packet), oif: tunnel.dev });
  const mtu = route.is === "found" ? (route.route.mtu ?? namespaceAt(c, under).links[route.hop.dev]?.mtu) : undefined;
  // A bridge's port cannot make its sender break up what it may not (skb_tunnel_check_pmtu).
  if (inner.df && mtu !== undefined && size > mtu) lost(at, `with what ${link.name} adds the packet has ${size} bytes, and the way to ${to} takes ${mtu}`, [link], `set the MTU of ${link.name}, and of all that sends by it, to ${mtu - size + inner.size}`);
  return output(c, under, outer as Packet, tunnel.dev);
}

/** Whether a tunnel takes what comes from one end to another. */
function takes(tunnel: Tunnel, { packet }: Delivered, from: Tunnel): boolean {
  return (
    tunnel.type === from.type &&
    tunnel.port === from.port &&
    tunnel.key === from.key &&
    (tunnel.anyEnd || ((tunnel.remote === undefined || tunnel.remote === packet.src) && (tunnel.local === undefined || tunnel.local === packet.dst)))
  );
}

/** The tunnel that unwraps what has arrived; the one that names both ends before others. */
function unwrap(c: Context, from: Link, delivered: Delivered): { at: At; link: Link } {
  const { at } = delivered;
  const here = Object.entries(hostOf(c, at).namespaces).flatMap(([netns, ns]) => Object.values(ns.links).filter((l) => l.tunnel?.netns === at.netns).map((link) => ({ at: { host: at.host, netns }, link })));
  const fitting = here.filter(({ link }) => takes(link.tunnel!, delivered, from.tunnel!));
  const [end] = fitting.sort((a, b) => Number(b.link.tunnel!.remote !== undefined) - Number(a.link.tunnel!.remote !== undefined));
  if (end) {
    if (!end.link.up) lost(end.at, `${end.link.name} in ${placeName(end.at)} is down`, [end.link], `set \`up: true\` on ${end.link.name}`);
    return end;
  }
  if (namespaceAt(c, at).open && !here.some(({ link }) => link.tunnel!.type === from.tunnel!.type)) unsure(at, `no ${from.tunnel!.type} that takes it (${wrapped(from)}) is declared in ${placeName(at)}`, [from]);
  const others = here.filter(({ link }) => link.tunnel!.type === from.tunnel!.type).map(({ link }) => link);
  lost(at, `nothing in ${placeName(at)} takes what ${from.name} wraps (${wrapped(from)}, from ${delivered.packet.src})${others.map((o) => `; ${o.name} is ${wrapped(o)}${o.tunnel!.remote === undefined ? "" : ` from ${o.tunnel!.remote}`}`).join("")}`, [from, ...others], "give both ends the same numbers, ports and addresses", "tunnel");
}

/** A frame that enters a tunnel: to the other ends that the FDB names. */
const through: Through = (c, at, link, frame, fate) => {
  const { tunnel } = link;
  if (tunnel!.carries !== "ethernet") lost(at, `${link.name} carries no Ethernet frames`, [link]);
  const ns = namespaceAt(c, at);
  const way = (to: string | undefined, by: Element) => (to === undefined ? [] : [{ to, by }]);
  const entries = (mac: string) => ns.fdb.filter((e) => e.where === "self" && e.dev === link.name && e.mac === mac);
  const learned = c.learned.get(keyOf(at.host, at.netns, link.name, frame.dst));
  const known = entries(frame.dst).flatMap((e) => way(e.dst ?? tunnel!.remote, e));
  const floods = [...entries(ZERO).flatMap((e) => way(e.dst, e)), ...way(tunnel!.remote, link)];
  const ends = known.length > 0 ? known : learned !== undefined ? way(learned, link) : floods;
  if (ends.length === 0) {
    const what = frame.dst === BROADCAST ? "who asks for a neighbour" : `the MAC address ${frame.dst}`;
    lost(at, `${link.name} in ${placeName(at)} has no FDB entry for ${what}`, [link], `declare an FdbEntry on ${link.name} that names the other end, or give it a \`remote\``, "neighbour");
  }
  for (const { to: end, by } of ends) {
    try {
      if (c.quiet === 0) tell(c, at, `FDB of ${link.name}: ${frame.dst} is behind ${end}`, by);
      const delivered = wrap(c, at, link, end, { size: frame.size, df: frame.df });
      const there = unwrap(c, link, delivered);
      if (there.link.tunnel!.learning) c.learned.set(keyOf(there.at.host, there.at.netns, there.link.name, frame.src), delivered.packet.src);
      tell(c, there.at, `${there.link.name} unwraps it`, there.link);
      wireOf(c).arrive(there.at, there.link.name, frame, fate);
    } catch (error) {
      if (!(error instanceof Ends)) throw error;
      fate.ended.push(error);
    }
  }
};

/** A packet that enters a tunnel for packets. */
export function tunnelled(c: Context, at: At, link: Link, packet: Packet, via: string | undefined): { at: At; link: string } {
  const { carries, remote } = link.tunnel!;
  if (carries !== "ethernet" && !carries.includes(family(packet.dst))) lost(at, `${link.name} carries no IPv${family(packet.dst)}`, [link]);
  // Without a far end, the next hop says it; sit reads it out of an IPv4-compatible address (RFC 4291, 2.5.5.1).
  const to = remote ?? (via ?? packet.dst).replace(/^::(?=\d+\.)/, "");
  const outer = link.tunnel!.overhead[family(to)] === undefined;
  if (outer) lost(at, `${link.name} has no \`remote\`, and ${to} is no address of the other end`, [link], "give the route that end as its `via`, or the tunnel a `remote`");
  const there = unwrap(c, link, wrap(c, at, link, to, packet));
  tell(c, there.at, `${there.link.name} unwraps it`, there.link);
  return { at: there.at, link: there.link.name };
}

export const wireOf = (c: Context) => new Wire(c, through);

