import { declaredBy } from "../walk/context.js";
import { spacesOf, type Look } from "./finding.js";

const ZERO = "00:00:00:00:00:00";

/** Next hops and neighbours behind a tunnel for frames that learns nothing and floods nowhere: who they are, and where, must be said. */
export const missingNeighbour: Look = (network) =>
  spacesOf(network).flatMap(({ place, ns }) =>
    Object.values(ns.links).filter((l) => l.by !== undefined && l.tunnel?.carries === "ethernet" && l.port === undefined && ns.unknown.length === 0).flatMap((link) => {
      const entries = ns.fdb.filter((e) => e.dev === link.name && e.where === "self");
      if (link.tunnel!.remote !== undefined || entries.some((e) => e.mac === ZERO)) return [];
      const neighbours = ns.neighbours.filter((n) => n.dev === link.name);
      const hops = ns.routes.flatMap((route) => route.hops.filter((h) => h.dev === link.name && h.via !== undefined).map((h) => ({ route, via: h.via! })));
      return [
        ...hops.filter(({ via }) => !neighbours.some((n) => n.dst === via)).map(({ route, via }) => ({
          level: "error" as const,
          what: `${link.name} in ${place} has no neighbour entry for ${via}, the next hop to ${route.dst}, and no FDB entry by which it could ask`,
          change: `declare a Neighbour with \`dev: "${link.name}", dst: "${via}"\` and the other end's MAC address`,
          by: declaredBy(route, link),
        })),
        ...(link.tunnel!.learning ? [] : neighbours.filter((n) => !entries.some((e) => e.mac === n.lladdr)).map((n) => ({
          level: "error" as const,
          what: `${link.name} in ${place} has no FDB entry for ${n.lladdr}, the MAC address of its neighbour ${n.dst}`,
          change: `declare an FdbEntry with \`dev: "${link.name}", mac: "${n.lladdr}"\` and the other end's address as its \`dst\``,
          by: declaredBy(n, link),
        }))),
      ];
    }),
  );
