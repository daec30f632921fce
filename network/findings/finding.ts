import type { Host, Namespace, Network } from "../network.js";
import { placeName, type At } from "../walk/context.js";

/** Something that is wrong with a network, or very likely not meant so. */
export interface Finding {
  /** `error`: it certainly cannot work. */
  level: "error" | "warning";
  /** What is wrong, and where. */
  what: string;
  /** What to change. */
  change: string;
  /** The resources that it is about, the one to change first. */
  by: string[];
}

/** A look for one sort of mistake. */
export type Look = (network: Network) => Finding[];

export interface Space {
  at: At;
  place: string;
  ns: Namespace;
  host: Host;
}

/** All namespaces of all hosts. */
export const spacesOf = (network: Network): Space[] =>
  Object.entries(network.hosts).flatMap(([host, found]) => Object.entries(found.namespaces).map(([netns, ns]) => ({ at: { host, netns }, place: placeName({ host, netns }), ns, host: found })));

/** Whether all that is in a namespace is known. */
export const certain = ({ ns }: Space) => !ns.open && ns.unknown.length === 0;
