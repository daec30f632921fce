import { z } from "zod";
import { ifname, mac, netnsName } from "../fields.js";
import { pick } from "../handlers.js";
import { ip, opt } from "../iproute2.js";
import { defineKind, type Argv } from "../kind.js";
import { onHost } from "../risk.js";
import { hasUnknown } from "../unknown.js";
import { after, attributes, defaultMac, etherShape, ethernetMtu, kernels, labelShape, labelled, linkConflict, linkKey, linkMark, parseLink, setLink, showLink, type ShownLink } from "./link.js";

/** The other end of a veth pair. */
const peer = z.strictObject({
  /** Name of the other end, 1 to 15 bytes. */
  name: ifname,
  /** Network namespace that holds it. Default: the host's own. */
  netns: netnsName.optional(),
  /** MAC address. Default: as for the first end. */
  mac: mac.optional(),
  /** Whether it is administratively up. Default: true. */
  up: z.boolean().default(true),
  ...labelShape,
});

export const vethPairShape = {
  ...etherShape,
  /** MTU of both ends, in bytes. Default: 1500. */
  mtu: ethernetMtu,
  /** The other end: its name, and where it lives. */
  peer,
};

/** Whether two links are each other's peer: a peer shows by its name, or by its index where it is in another namespace. */
function paired(a: ShownLink, b: ShownLink): boolean {
  const shows = (x: ShownLink, y: ShownLink) => x.link === y.name || x.link === y.ifindex;
  return shows(a, b) && shows(b, a);
}

/** Where the peer is that is not where it should be: by its name, or as `ip` prints one in a namespace that it does not name. */
function elsewhere(a: ShownLink, netns: string | undefined): { name: string; netns?: string } {
  return typeof a.link === "string" ? { name: a.link, netns } : { name: `if${a.link ?? 0}` };
}

const labelNames = Object.keys(labelShape) as (keyof typeof labelShape)[];

/** Of the peer's labels those that are declared, or that a new link does not have: what is declared no longer is a difference. */
function labels(shown: ShownLink, declared: z.output<typeof peer>) {
  return pick(shown as never, labelNames.filter((key) => declared[key] !== undefined || shown[key] !== kernels[key]));
}

/** Whether the peer is another link, or in another namespace. */
function otherPeer(want: { peer: z.output<typeof peer> }, old: { peer?: z.output<typeof peer> }): boolean {
  return old.peer !== undefined && (old.peer.name !== want.peer.name || old.peer.netns !== want.peer.netns);
}

export const vethPair = defineKind({
  name: "VethPair",
  shape: vethPairShape,
  outputs: ["ifindex", "mark"],
  carries: true,
  identity: ["name", "netns", "peer.name", "peer.netns"],
  refs: ["netns", "peer.netns"],
  linkKind: "veth",
  replaceOn: (want, old) => (otherPeer(want, old) ? ["peer"] : []),
  rules: (want) => (want.peer.name === want.name && want.peer.netns === want.netns ? [{ property: "peer.name", reason: `both ends are named ${want.name} in one namespace` }] : []),
  complete: (want, seed) => ({
    ...want,
    mac: defaultMac(want.mac, seed, want.netns, want.name),
    peer: hasUnknown(want.peer) ? want.peer : { ...want.peer, mac: defaultMac(want.peer.mac, seed, want.peer.netns, want.peer.name) },
  }),
  objects: (want) => [linkKey(want.netns, want.name), linkKey(want.peer.netns, want.peer.name)],
  touches: (want) => [want, want.peer].flatMap((end) => onHost(end.netns, { what: "link", link: end.name })),
  network: (want) => {
    const ends = [want, { ...want.peer, mtu: want.mtu }] as const;
    return ends.map(({ netns, name, mac, up, mtu }, i) => ({ is: "link", netns, name, kind: "veth", up, mtu, ...(mac && { mac }), peer: { netns: ends[1 - i]!.netns ?? "", name: ends[1 - i]!.name } }));
  },
  show: (want) => [showLink(want.netns, want.name), showLink(want.peer.netns, want.peer.name)],
  parse: ([first, second], want) => {
    const [a, b] = [parseLink(first), parseLink(second)];
    if (!a) return b && { conflict: `the name of its peer, ${b.name}, is taken by another link` };
    if (a.kind !== "veth") return linkConflict(a, "veth");
    const pair = b !== undefined && paired(a, b);
    return {
      name: a.name,
      mac: a.mac,
      up: a.up,
      txqueuelen: a.txqueuelen,
      ...labelled(a.alias, want.alias),
      ifindex: a.ifindex,
      // Both ends have one MTU; where a hand changed one, that one is the difference to show.
      mtu: pair && a.mtu === want.mtu ? b.mtu : a.mtu,
      peer: { ...want.peer, ...(pair ? { mac: b.mac, up: b.up, ...labels(b, want.peer) } : elsewhere(a, want.netns)) },
    };
  },
  add: (want) => {
    // Made in place, each end in its namespace with its MAC and MTU; the peer cannot be up before its pair exists. The one
    // named first is made from its own namespace: elsewhere an older kernel (seen on 6.1, not on 6.18) would take the host's own eth0 for it.
    const [first, second] = want.netns !== undefined && want.peer.netns === undefined ? [want.peer, want] : [want, want.peer];
    const elsewhere = second.netns === first.netns ? undefined : second.netns;
    return [
      ip(first.netns, "link", "add", "name", first.name, ...attributes({ ...first, mtu: want.mtu }), "type", "veth", "peer", "name", second.name, ...opt("netns", elsewhere), ...attributes({ ...second, mtu: want.mtu })),
      ...after(want.netns, want.name, want),
      ...after(want.peer.netns, want.peer.name, want.peer),
    ];
  },
  set: (want, changed, { peer: shown }): Argv[] => {
    const peer = { ...kernels, ...want.peer, mtu: want.mtu };
    const differing = labelNames.filter((key) => shown?.[key] !== undefined && shown[key] !== peer[key]);
    return [
      ...setLink(want.netns, want.name, { ...kernels, ...pick(want, Object.keys(want)) }, changed),
      ...setLink(want.peer.netns, want.peer.name, peer, [...(changed.includes("peer") ? ["mac", "up", ...differing] : []), ...changed.filter((k) => k === "mtu")]),
    ];
  },
  del: (want) => [ip(want.netns, "link", "del", "dev", want.name)],
  mark: linkMark,
});
