import { family } from "../../provider/fields.js";
import { linkAt, lost, namespaceAt, placeName, tell, unsure, type At, type Context } from "./context.js";
import { resolve, worst } from "./neighbour.js";
import { pass } from "./netfilter.js";
import type { Packet } from "./packet.js";
import { backWay } from "./reverse.js";
import { isLocal, lookup, sourceFor, type Answer, type Found } from "./route.js";
import { forwarding, isOn } from "./sysctl.js";
import { tunnelled, wireOf } from "./tunnel.js";
import { macOf, OUTSIDE } from "./wire.js";

/** A packet that has arrived where its destination is. */
export interface Delivered {
  at: At;
  packet: Packet;
}

/** What a lookup found, or the end of the packet. */
function routed(at: At, open: boolean, packet: Packet, answer: Answer): Found {
  if (answer.is === "found") return answer;
  if (answer.is === "refused") lost(at, `${placeName(at)} has a ${answer.type} route or rule for ${packet.dst}`, [answer.by], "take it away, or declare a more specific route");
  if (open) unsure(at, `no declared route of ${placeName(at)} leads to ${packet.dst}`, [], "declare a Route");
  lost(at, `${placeName(at)} has no route to ${packet.dst}`, [], `declare a Route for ${packet.dst} ${at.netns === "" ? "there" : `in ${at.netns}`}${packet.opens ? "" : ": it is the way back"}`, "route");
}

/** A packet that a namespace sends itself; it gets a source address where it has none. */
export function output(c: Context, at: At, given: Packet, oif?: string): Delivered {
  const ns = namespaceAt(c, at);
  const packet = { ...given };
  const look = () => routed(at, ns.open, packet, lookup(c, ns, { ...packet, ...(oif !== undefined && { oif }) }));
  let found = look();
  const source = packet.src ?? sourceFor(ns, found, packet.dst);
  if (source === undefined) lost(at, `${placeName(at)} has no IPv${family(packet.dst)} address to send from`, [found.route], "declare an Address there");
  packet.src = source;
  const leaves = () => (found.route.type === "local" ? "lo" : found.hop.dev);
  const before = `${packet.dst} ${packet.mark}`;
  pass(c, at, "OUTPUT", packet, { oif: leaves() });
  if (before !== `${packet.dst} ${packet.mark}`) found = look();
  if (found.route.type === "local") {
    if (!ns.links.lo?.up) lost(at, `lo in ${placeName(at)} is down, by which it reaches its own addresses`, [ns.links.lo], 'declare a LinkState with `dev: "lo", up: true` there');
    pass(c, at, "POSTROUTING", packet, { oif: "lo" });
    return input(c, at, "lo", packet);
  }
  tell(c, at, `route to ${found.route.dst}: ${[found.hop.via && `via ${found.hop.via}`, `dev ${found.hop.dev}`].filter(Boolean).join(" ")}`, found.route);
  fitsInto(at, ns.links[found.hop.dev]?.mtu, found, packet, !packet.df);
  pass(c, at, "POSTROUTING", packet, { oif: found.hop.dev });
  return transmit(c, at, found, packet);
}

/** A packet that comes in by a link. */
export function input(c: Context, at: At, name: string, given: Packet): Delivered {
  const ns = namespaceAt(c, at);
  const link = linkAt(c, at, name);
  const packet = name === "lo" ? given : { ...given, tracked: undefined, mark: 0 };
  pass(c, at, "PREROUTING", packet, { iif: name });
  const v4 = family(packet.dst) === 4;
  if (v4 && name !== "lo") {
    if (isLocal(ns, packet.src) && !isOn(ns, `net/ipv4/conf/${name}/accept_local`)) lost(at, `${placeName(at)} drops what comes in by ${name} from ${packet.src}, an address of its own`, ns.addresses.filter((a) => a.address.split("/")[0] === packet.src), "give each an address of its own");
    if (packet.dst.startsWith("127.") && !isOn(ns, `net/ipv4/conf/${name}/route_localnet`) && !isOn(ns, "net/ipv4/conf/all/route_localnet")) lost(at, `${placeName(at)} takes nothing for ${packet.dst} from ${name}`, [link], `declare a Sysctl net.ipv4.conf.${name}.route_localnet with the value 1`);
  }
  const answer = lookup(c, ns, { ...packet, iif: name });
  const wrong = backWay(c, at, ns, link, packet.src);
  if (wrong) lost(at, wrong.reason, wrong.by, `declare a Route to ${packet.src} by ${name}, or a Sysctl net.ipv4.conf.${name}.rp_filter with the value 0 or 2`, "reverse");
  if (answer.is === "found" && answer.route.type === "local") {
    pass(c, at, "INPUT", packet, { iif: name });
    tell(c, at, `${placeName(at)} has ${packet.dst}`, answer.route);
    return { at, packet };
  }
  const { on, by } = forwarding(ns, at, family(packet.dst), link);
  if (!on) {
    const key = v4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
    lost(at, `${placeName(at)} does not forward: ${name} gets a packet for ${packet.dst}, which is somewhere else`, [by], `declare a Sysctl ${key} with the value 1${at.netns === "" ? "" : ` in ${at.netns}`}`, "forwarding");
  }
  const found = routed(at, ns.open, packet, answer);
  if (--packet.ttl <= 0) lost(at, `the packet goes in circles, at last in ${placeName(at)}`, [found.route], "see which routes lead back to where the packet came from");
  tell(c, at, `forwards it by the route to ${found.route.dst}: ${[found.hop.via && `via ${found.hop.via}`, `dev ${found.hop.dev}`].filter(Boolean).join(" ")}`, found.route, by);
  fitsInto(at, ns.links[found.hop.dev]?.mtu, found, packet, v4 && !packet.df);
  pass(c, at, "FORWARD", packet, { iif: name, oif: found.hop.dev });
  pass(c, at, "POSTROUTING", packet, { oif: found.hop.dev });
  return transmit(c, at, found, packet);
}

/** A packet too long for a link, that may not be broken up, ends there. */
function fitsInto(at: At, linkMtu: number | undefined, { route, hop }: Found, packet: Packet, breakable: boolean): void {
  const mtu = route.mtu ?? linkMtu;
  if (mtu !== undefined && packet.size > mtu && !breakable) lost(at, `the packet has ${packet.size} bytes, and ${hop.dev} in ${placeName(at)} takes ${mtu}`, [route], `raise the MTU of ${hop.dev}, or lower that of the sender`);
}

/** Sends a packet out by a link, to the next hop. */
function transmit(c: Context, at: At, found: Found, packet: Packet): Delivered {
  const { dev, via } = found.hop;
  const ns = namespaceAt(c, at);
  const link = linkAt(c, at, dev);
  if (link.tunnel && link.tunnel.carries !== "ethernet") {
    const there = tunnelled(c, at, link, packet, via);
    return input(c, there.at, there.link, packet);
  }
  const next = via ?? packet.dst;
  const mac = resolve(c, at, dev, next, packet.src);
  if (mac === OUTSIDE) return outside(c, at, packet, next);
  const mtu = found.route.mtu ?? link.mtu ?? Infinity;
  const { taken, ended } = wireOf(c).send(at, dev, { src: macOf(at, link), dst: mac, size: Math.min(packet.size, mtu), df: packet.df, packet });
  const [first, ...others] = taken;
  if (!first) {
    const entry = ns.neighbours.find((n) => n.dev === dev && n.dst === next);
    throw worst(ended) ?? lost(at, `nobody behind ${dev} of ${placeName(at)} has the MAC address ${mac} of ${next}`, [entry], entry && "give the neighbour entry the MAC address that the other end has", "neighbour");
  }
  if (others.length > 0) unsure(at, `several have the MAC address ${mac}: ${taken.map((t) => placeName(t.at)).join(", ")}`);
  return input(c, first.at, first.link, first.packet!);
}

/** A packet that leaves by a gateway that is none of the program's hosts: one for another host's own address gets there, as SSH does. */
function outside(c: Context, at: At, packet: Packet, gateway: string): Delivered {
  for (const [host, { namespaces }] of Object.entries(c.network.hosts)) {
    const own = namespaces[""]!.addresses.find((a) => a.by === undefined && a.address.split("/")[0] === packet.dst);
    if (own && host !== at.host) {
      tell(c, at, `the network outside takes it to ${host}`);
      return input(c, { host, netns: "" }, own.dev, packet);
    }
  }
  unsure(at, `${packet.dst} is somewhere behind the gateway ${gateway} of ${placeName(at)}, outside of what the program declares`);
}

