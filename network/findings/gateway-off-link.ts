import { inSubnet } from "../address.js";
import type { Hop, Namespace, Route } from "../network.js";
import { declaredBy } from "../walk/context.js";
import { onLink, routesOf } from "../walk/route.js";
import { certain, spacesOf, type Look, type Space } from "./finding.js";

/** A next hop that no subnet of its link has: the kernel refuses the route. */
export const gatewayOffLink: Look = (network) =>
  spacesOf(network).flatMap((space) =>
    space.ns.routes.flatMap((route) =>
      route.hops.filter((hop) => route.by !== undefined && isOff(space, hop)).map((hop) => ({
        level: "error" as const,
        what: `${space.place} cannot have the route to ${shown(route)} via ${hop.via}: ${hop.dev === undefined ? "no link of it" : hop.dev} has ${hop.via} in a subnet`,
        change: `give ${hop.dev ?? "a link"} an address in the subnet of ${hop.via}, name a gateway that is on the link, or set \`onlink: true\` with \`dev\``,
        by: declaredBy(route, ...space.ns.addresses.filter((a) => a.dev === hop.dev)),
      })),
    ),
  );

const shown = ({ dst }: Route) => (dst.endsWith("/0") ? "default" : dst);

function isOff(space: Space, { via, dev, onlink }: Hop): boolean {
  const { ns } = space;
  if (via === undefined || onlink || via.startsWith("fe80:")) return false;
  if (dev === undefined) return certain(space) && onLink(ns, via) === undefined;
  const link = ns.links[dev];
  // Of what somebody else has made, not all addresses are known.
  if (ns.unknown.length > 0 || (ns.open && link?.by === undefined)) return false;
  return link !== undefined && !reaches(ns, dev, via);
}

/** Whether a subnet of a link, or a route right onto it, has an address. */
const reaches = (ns: Namespace, dev: string, via: string) => routesOf({ ...ns, links: { ...ns.links, [dev]: { ...ns.links[dev]!, up: true } } }).some((r) => r.type === "unicast" && r.hops.some((h) => h.dev === dev && h.via === undefined) && inSubnet(via, r.dst));
