import type { Network } from "../network.js";
import { addressTwice } from "./address-twice.js";
import { brokenWays } from "./broken-ways.js";
import { dnatNowhere } from "./dnat-nowhere.js";
import type { Finding, Look } from "./finding.js";
import { gatewayOffLink } from "./gateway-off-link.js";
import { missingNeighbour } from "./missing-neighbour.js";
import { overlappingSubnets } from "./overlapping-subnets.js";
import { tunnelMismatch } from "./tunnel-mismatch.js";

export type { Finding } from "./finding.js";

/** What is seen of a network at a glance. */
const plain: readonly Look[] = [addressTwice, gatewayOffLink, tunnelMismatch, missingNeighbour, overlappingSubnets];

/** What shows when packets are sent through it. */
const tried: readonly Look[] = [dnatNowhere, brokenWays];

/** What is wrong with a network. Where something certainly is, what follows from that is not told as well. */
export function findingsOf(network: Network): Finding[] {
  const found = plain.flatMap((look) => look(network));
  return found.some((f) => f.level === "error") ? found : [...found, ...tried.flatMap((look) => look(network))];
}

/** A finding in a sentence or two. */
export const told = ({ what, change }: Pick<Finding, "what" | "change">): string => `${what}. To mend it: ${change}`;
