import { family } from "../../../provider/fields.js";
import type { Backend } from "./backend.js";
import { neighbour } from "./neighbour.js";

/**
 * Each host is the gateway to its own subnet: plain routes, nothing is encapsulated. The hosts must be neighbours, on one
 * network without a router in between (flannel's host-gw).
 */
export const hostGw: Backend<undefined> = {
  overhead: { 4: 0, 6: 0 },
  subnets: [4, 6],
  carry: () => ({ tunnel: undefined, ready: [] }),
  hop: (site, _carrier, other, subnet) => ({ via: neighbour("host-gw", site.host, other.host, family(subnet)), dev: site.host.uplink }),
};
