import { family, network } from "../../provider/fields.js";
import type { Link, Namespace } from "../network.js";
import { declaredBy, Ends, hostOf, keyOf, linkAt, lost, namespaceAt, placeName, unsure, type At, type Context } from "./context.js";
import { pass } from "./netfilter.js";
import type { Packet } from "./packet.js";
import { isOn } from "./sysctl.js";

export const BROADCAST = "ff:ff:ff:ff:ff:ff";
/** Who has it is not on any host that is known. */
export const OUTSIDE = "outside";

/** Bytes more than its MTU that a link still takes from another link of the kernel: room for the tag of a VLAN (is_skb_forwardable). */
const SLACK = 4;

/** An Ethernet frame; `size` is that of what it carries. */
export interface Frame {
  src: string;
  dst: string;
  size: number;
  /** Whether the packet in it may not be broken up. */
  df: boolean;
  /** That packet, where it is one of IP. */
  packet?: Packet | undefined;
  vlan?: number | undefined;
}

/** Where a frame comes to an end of IP. */
export interface Reception {
  at: At;
  link: string;
  /** What the frame carries by then. */
  packet?: Packet | undefined;
}

/** What became of the copies of a frame. */
export interface Fate {
  taken: Reception[];
  ended: Ends[];
}

/** Carries a frame that a tunnel takes to where it comes out: the other ends of the tunnel. */
export type Through = (c: Context, at: At, link: Link, frame: Frame, fate: Fate) => void;

/** The MAC address of a link; where none is declared, one that stands for whatever it has. */
export const macOf = (at: At, link: Link): string => link.mac ?? `MAC of ${link.name} in ${placeName(at)}`;

const isGroup = (mac: string) => mac === BROADCAST;

/** Sends a frame out by a link: where it comes to, and what became of copies that came nowhere. */
export class Wire {
  constructor(
    private readonly c: Context,
    private readonly through: Through,
  ) {}

  send(at: At, name: string, frame: Frame): Fate {
    const fate: Fate = { taken: [], ended: [] };
    this.out(at, linkAt(this.c, at, name), frame, fate, new Set());
    return fate;
  }

  /** A frame that comes out of a tunnel. */
  arrive(at: At, name: string, frame: Frame, fate: Fate): void {
    this.in(at, linkAt(this.c, at, name), frame, fate, new Set());
  }

  private attempt(fate: Fate, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Ends)) throw error;
      fate.ended.push(error);
    }
  }

  private out(at: At, link: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    if (!link.up) lost(at, `${link.name} in ${placeName(at)} is down`, [link], `set \`up: true\` on ${link.name}`);
    const { c } = this;
    if (link.kind === "bridge" || this.portsOf(at, link).length > 0) this.bridged(at, link, undefined, frame, fate, seen);
    if (link.peer) {
      const there = { host: at.host, netns: link.peer.netns };
      this.in(there, linkAt(c, there, link.peer.name), frame, fate, seen);
    } else if (link.tunnel) this.through(c, at, link, frame, fate);
    else if (link.lower) this.lower(at, link, frame, fate, seen);
    else if (link.outside) this.outside(at, link, frame, fate, seen);
    else if (link.kind !== "bridge") lost(at, `nothing is behind the ${link.kind} ${link.name} in ${placeName(at)}`, [link]);
  }

  /** A link that is part of another one: a VLAN adds its tag, a macvlan is one of several. */
  private lower(at: At, link: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    const { netns, name, vlan, mode } = link.lower!;
    const under = { host: at.host, netns };
    if (vlan !== undefined && frame.vlan !== undefined) unsure(at, `${link.name} puts a tag on a frame that has one`, [link]);
    if (mode === "bridge") for (const other of this.uppers(under, name)) if (other.link !== link) this.attempt(fate, () => this.taken(other.at, other.link, frame, fate, seen));
    this.attempt(fate, () => this.out(under, linkAt(this.c, under, name), { ...frame, vlan: vlan ?? frame.vlan }, fate, seen));
  }

  /** All links that are part of another one. */
  private uppers(under: At, name: string): { at: At; link: Link }[] {
    return Object.entries(hostOf(this.c, under).namespaces).flatMap(([netns, ns]) =>
      Object.values(ns.links).filter((l) => l.lower?.name === name && l.lower.netns === under.netns).map((link) => ({ at: { host: under.host, netns }, link })),
    );
  }

  private in(at: At, link: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    if (!link.up) lost(at, `${link.name} in ${placeName(at)} is down`, [link], `set \`up: true\` on ${link.name}`);
    if (link.peer && link.mtu !== undefined && frame.size > link.mtu + SLACK) lost(at, `${link.name} in ${placeName(at)} takes packets of ${link.mtu} bytes, and this one has ${frame.size}`, [link], "give both ends one MTU", "mtu");
    this.taken(at, link, frame, fate, seen);
  }

  /** A frame that a link has received. */
  private taken(at: At, link: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    if (!link.up) lost(at, `${link.name} in ${placeName(at)} is down`, [link], `set \`up: true\` on ${link.name}`);
    const mine = isGroup(frame.dst) || frame.dst === macOf(at, link);
    const uppers = this.uppers(at, link.name).filter(({ link: upper }) => upper.lower!.vlan === frame.vlan || upper.lower!.vlan === undefined);
    for (const upper of uppers) {
      if (isGroup(frame.dst) || macOf(upper.at, upper.link) === frame.dst) this.attempt(fate, () => this.taken(upper.at, upper.link, { ...frame, vlan: upper.link.lower!.vlan === undefined ? frame.vlan : undefined }, fate, seen));
    }
    const master = link.port && namespaceAt(this.c, at).links[link.port.master];
    if (link.port && !master) unsure(at, `nothing is known of ${link.port.master}, of which ${link.name} is a port`, [link.port]);
    if (master && master.table === undefined) return this.bridged(at, master, link, frame, fate, seen);
    if (frame.vlan === undefined && mine) fate.taken.push({ at, link: link.name, packet: frame.packet });
  }

  private portsOf(at: At, bridge: Link): Link[] {
    return Object.values(namespaceAt(this.c, at).links).filter((l) => l.port?.master === bridge.name && bridge.table === undefined);
  }

  /** What a bridge does with a frame that came in by a port, or that the host itself sends by it. */
  private bridged(at: At, bridge: Link, from: Link | undefined, frame: Frame, fate: Fate, seen: Set<string>): void {
    const { c } = this;
    if (!bridge.up) lost(at, `the bridge ${bridge.name} in ${placeName(at)} is down`, [bridge], `set \`up: true\` on ${bridge.name}`);
    const key = keyOf(at.host, at.netns, bridge.name, from?.name ?? "");
    if (seen.has(key)) return; // A loop: the frame has been here.
    const been = new Set([...seen, key]);
    const ns = namespaceAt(c, at);
    if (bridge.bridge?.vlanFiltering && frame.vlan !== undefined) lost(at, `${bridge.name} in ${placeName(at)} filters by VLAN, and takes none with the tag ${frame.vlan}`, [bridge]);
    const ports = this.portsOf(at, bridge);
    const place = (mac: string) => keyOf(at.host, at.netns, bridge.name, mac);
    if (from?.port!.learning && !isGroup(frame.src)) c.learned.set(place(frame.src), from.name);
    const own = frame.dst === macOf(at, bridge) || ports.some((p) => macOf(at, p) === frame.dst);
    if (from && (own || isGroup(frame.dst))) {
      const mine = isGroup(frame.dst) ? frame : { ...frame, dst: macOf(at, bridge) };
      this.attempt(fate, () => this.above(at, bridge, mine, fate, been));
      if (own) return;
    }
    const pinned = ns.fdb.find((e) => e.where === "master" && e.mac === frame.dst && ports.some((p) => p.name === e.dev));
    const known = pinned?.dev ?? c.learned.get(place(frame.dst));
    const out = isGroup(frame.dst) ? ports : known !== undefined ? ports.filter((p) => p.name === known) : ports.filter((p) => p.port!.flood);
    for (const port of out) {
      if (port === from && !from.port!.hairpin) continue;
      if (from?.port!.isolated && port.port!.isolated) {
        fate.ended.push(new Ends("lost", at, `${from.name} and ${port.name} are isolated ports of ${bridge.name} in ${placeName(at)}`, declaredBy(from.port, port.port), "take `isolated` away from one of them"));
        continue;
      }
      this.attempt(fate, () => {
        if (port.mtu !== undefined && frame.size > port.mtu + SLACK) lost(at, `the port ${port.name} of ${bridge.name} in ${placeName(at)} takes packets of ${port.mtu} bytes, and this one has ${frame.size}`, [port], "give all ports of the bridge, and the bridge, one MTU", "mtu");
        this.out(at, port, from ? { ...frame, packet: filtered(c, at, bridge.name, frame.packet) } : frame, fate, been);
      });
    }
  }

  /** What a bridge's own host gets of it: the end of IP, or links that are part of it. */
  private above(at: At, bridge: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    for (const upper of this.uppers(at, bridge.name)) if (upper.link.lower!.vlan === frame.vlan) this.attempt(fate, () => this.taken(upper.at, upper.link, { ...frame, vlan: undefined }, fate, seen));
    if (frame.vlan === undefined) fate.taken.push({ at, link: bridge.name, packet: frame.packet });
  }

  /** The network of the uplinks: whoever has an address of one subnet is on one segment. */
  private outside(at: At, link: Link, frame: Frame, fate: Fate, seen: Set<string>): void {
    const { network } = this.c;
    const mine = subnetsOf(namespaceAt(this.c, at), link);
    for (const [host, { namespaces }] of Object.entries(network.hosts)) {
      if (host === at.host) continue;
      const ns = namespaces[""]!;
      for (const other of Object.values(ns.links).filter((l) => l.outside)) {
        if (subnetsOf(ns, other).some((s) => mine.includes(s))) this.attempt(fate, () => this.taken({ host, netns: "" }, other, frame, fate, seen));
      }
    }
    fate.ended.push(new Ends("unknown", at, `what is on the network of ${link.name} besides the program's hosts is not known`, []));
  }
}

/** The setting by which rules of netfilter see what crosses a bridge (br_netfilter). */
const CALLS = { 4: "net/bridge/bridge-nf-call-iptables", 6: "net/bridge/bridge-nf-call-ip6tables" };

/** A packet that crosses a bridge, past the rules of the bridge's namespace where those are asked. */
function filtered(c: Context, at: At, bridge: string, packet: Packet | undefined): Packet | undefined {
  if (!packet || !isOn(namespaceAt(c, at), CALLS[family(packet.dst)])) return packet;
  const crossing = { ...packet, tracked: undefined, mark: 0 };
  pass(c, at, "PREROUTING", crossing, { iif: bridge });
  if (crossing.dst !== packet.dst) unsure(at, `${bridge} in ${placeName(at)} is to take a packet elsewhere than its frame goes (net.bridge.bridge-nf-call-iptables is 1), which is not modelled`);
  pass(c, at, "FORWARD", crossing, { iif: bridge, oif: bridge });
  pass(c, at, "POSTROUTING", crossing, { oif: bridge });
  return crossing;
}

/** The subnets that an uplink is in: its own, or those of the bridge that has taken it. */
function subnetsOf(ns: Namespace, link: Link): string[] {
  return ns.addresses.filter((a) => a.by === undefined && (a.dev === link.name || a.dev === link.port?.master)).map((a) => networkOf(a.address));
}


function networkOf(cidr: string): string {
  return `${network(cidr)}/${cidr.split("/")[1]}`;
}
