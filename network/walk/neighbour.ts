import { family } from "../../provider/fields.js";
import type { Link, Namespace } from "../network.js";
import { Ends, keyOf, linkAt, namespaceAt, placeName, tell, unsure, type At, type Context } from "./context.js";
import { backWay } from "./reverse.js";
import { addressOn, isLocal, lookup } from "./route.js";
import { isOn } from "./sysctl.js";
import { wireOf } from "./tunnel.js";
import { BROADCAST, macOf, OUTSIDE } from "./wire.js";

/** Length of a question for a neighbour, in bytes: ARP has 28, neighbour discovery 72. */
const QUESTION = { 4: 28, 6: 72 };

/** The MAC address of a neighbour: as an entry says, or as it answers who asks. */
export function resolve(c: Context, at: At, dev: string, address: string, source: string): string {
  const ns = namespaceAt(c, at);
  const entry = ns.neighbours.find((n) => n.dev === dev && n.dst === address);
  if (entry) {
    tell(c, at, `${address} has ${entry.lladdr} on ${dev}`, entry);
    return entry.lladdr;
  }
  const cached = c.resolved.get(keyOf(at.host, at.netns, dev, address));
  if (cached !== undefined) return cached;
  c.quiet++;
  try {
    return ask(c, at, ns, linkAt(c, at, dev), address, source);
  } finally {
    c.quiet--;
  }
}

function ask(c: Context, at: At, ns: Namespace, link: Link, address: string, source: string): string {
  const of = family(address);
  const own = macOf(at, link);
  // A question bears an address of the one who asks, of the packet where that is its own.
  const sender = isLocal(ns, source) ? source : (addressOn(ns, link.name, address) ?? (of === 4 ? "0.0.0.0" : "::"));
  const wire = wireOf(c);
  const asked = wire.send(at, link.name, { src: own, dst: BROADCAST, size: QUESTION[of], df: false });
  const ended = [...asked.ended];
  const answers: { mac: string; who: At }[] = [];
  for (const { at: there, link: name } of asked.taken) {
    if (there.host === at.host && there.netns === at.netns && name === link.name) continue;
    try {
      if (!answersFor(c, there, name, address, sender)) continue;
      const mac = macOf(there, linkAt(c, there, name));
      // Who is asked knows who asks.
      if (sender !== "0.0.0.0" && sender !== "::") c.resolved.set(keyOf(there.host, there.netns, name, sender), own);
      const back = wire.send(there, name, { src: mac, dst: own, size: QUESTION[of], df: false });
      if (back.taken.some((t) => t.at.host === at.host && t.at.netns === at.netns && t.link === link.name)) answers.push({ mac, who: there });
      else ended.unshift(...back.ended);
    } catch (error) {
      if (!(error instanceof Ends)) throw error;
      ended.unshift(error);
    }
  }
  const different = [...new Set(answers.map(({ mac }) => mac))];
  if (different.length > 1) unsure(at, `${answers.map(({ who }) => placeName(who)).join(" and ")} answer for ${address}`, [link], "give each an address of its own");
  if (different[0] !== undefined) {
    c.resolved.set(keyOf(at.host, at.netns, link.name, address), different[0]);
    return different[0];
  }
  if (link.outside || asked.ended.some((e) => e.verdict === "unknown")) {
    if (ns.routes.some((r) => r.by === undefined && r.hops.some((h) => h.via === address))) return OUTSIDE;
  }
  throw worst(ended) ?? new Ends("lost", at, `nobody on ${link.name} of ${placeName(at)} has the address ${address}`, link.by === undefined ? [] : [link.by], `give ${address} to who should have it, or declare another next hop`, "neighbour");
}

/** Of the ends of a frame's copies the one to tell: what cannot be told before what is lost. */
export function worst(ended: readonly Ends[]): Ends | undefined {
  return ended.find((e) => e.verdict === "unknown") ?? ended[0];
}

/** Whether a namespace answers for an address on a link (arp_process; neighbour discovery asks for addresses of the link itself). */
function answersFor(c: Context, at: At, name: string, address: string, sender: string): boolean {
  const ns = namespaceAt(c, at);
  if (family(address) === 6) return ns.addresses.some((a) => a.dev === name && a.address.split("/")[0] === address);
  if (sender !== "0.0.0.0" && isLocal(ns, sender)) return false;
  if (isLocal(ns, address)) return sender === "0.0.0.0" || backWay(c, at, ns, linkAt(c, at, name), sender) === undefined;
  if (!isOn(ns, `net/ipv4/conf/${name}/proxy_arp`) && !isOn(ns, "net/ipv4/conf/all/proxy_arp")) return false;
  const route = lookup(c, ns, { protocol: "icmp", dst: address, src: sender, mark: 0, iif: name });
  return route.is === "found" && route.hop.dev !== name;
}

