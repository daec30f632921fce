import type { Link, Network, Tunnel } from "../network.js";
import { declaredBy } from "../walk/context.js";
import { spacesOf, type Look, type Space } from "./finding.js";

interface End {
  space: Space;
  link: Link;
  tunnel: Tunnel;
}

const endsOf = (network: Network): End[] => spacesOf(network).flatMap((space) => Object.values(space.ns.links).flatMap((link) => (link.tunnel && link.by !== undefined ? [{ space, link, tunnel: link.tunnel }] : [])));

/** The addresses that a tunnel sends to, with what says so. */
function sendsTo({ space, link, tunnel }: End): { to: string; by: { by?: string } }[] {
  const entries = space.ns.fdb.filter((e) => e.dev === link.name && e.where === "self" && e.dst !== undefined).map((e) => ({ to: e.dst!, by: e }));
  return [...entries, ...(tunnel.remote === undefined ? [] : [{ to: tunnel.remote, by: link }])];
}

const said = ({ link, tunnel: { key, port } }: End) => `${link.name} ${[key !== undefined && `has ${port === undefined ? "the key" : "the VNI"} ${key}`, port !== undefined && `sends to port ${port}`].filter(Boolean).join(" and ")}`;

/** Tunnels that send to a host whose own of the same sort have other numbers or ports. */
export const tunnelMismatch: Look = (network) => {
  const ends = endsOf(network);
  return ends.flatMap((end) =>
    sendsTo(end).flatMap(({ to, by }) => {
      const there = ends.filter((o) => o.space.at.host !== end.space.at.host && o.tunnel.type === end.tunnel.type && ownsUnderlay(network, o, to));
      if (there.length === 0 || there.some((o) => o.tunnel.key === end.tunnel.key && o.tunnel.port === end.tunnel.port)) return [];
      const other = there[0]!;
      return [{
        level: "error" as const,
        what: `${said(end)} in ${end.space.place}, and at the other end (${to}) ${there.map((o) => `${said(o)} in ${o.space.place}`).join(", ")}`,
        change: "give both ends the same",
        by: declaredBy(end.link, other.link, by),
      }];
    }),
  );
};

/** Whether an address is one of the namespace that carries a tunnel's outer packets. */
function ownsUnderlay(network: Network, { space, tunnel }: End, address: string): boolean {
  return network.hosts[space.at.host]!.namespaces[tunnel.netns]?.addresses.some((a) => a.address.split("/")[0] === address) ?? false;
}
