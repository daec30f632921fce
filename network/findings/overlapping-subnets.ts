import { family, network } from "../../provider/fields.js";
import { inSubnet } from "../address.js";
import type { Address } from "../network.js";
import { declaredBy } from "../walk/context.js";
import { spacesOf, type Look } from "./finding.js";

const lengthOf = (a: Address) => Number(a.address.split("/")[1]);
const subnetOf = (a: Address) => `${network(a.address)}/${lengthOf(a)}`;
const ipOf = (a: Address) => a.address.split("/")[0]!;

/** Whether an address stands for a subnet: it brings the route to it. */
const ofSubnet = (a: Address) => a.peer === undefined && a.noprefixroute !== true && lengthOf(a) < (family(a.address) === 6 ? 127 : 31);

/** Subnets on two links of one namespace that have addresses in common: who is on the one is looked for on the other. */
export const overlappingSubnets: Look = (all) =>
  spacesOf(all).flatMap(({ place, ns }) => {
    const subnets = ns.addresses.filter(ofSubnet);
    return subnets.flatMap((a, i) =>
      subnets.slice(i + 1)
        .filter((b) => a.dev !== b.dev && (a.by ?? b.by) !== undefined && (inSubnet(ipOf(a), subnetOf(b)) || inSubnet(ipOf(b), subnetOf(a))))
        .map((b) => ({
          level: "warning" as const,
          what: `${place} has ${subnetOf(a)} on ${a.dev} and ${subnetOf(b)} on ${b.dev}, which overlap`,
          change: "give each link a subnet of its own, or put both onto one bridge",
          by: declaredBy(b, a),
        })),
    );
  });
