import * as pulumi from "@pulumi/pulumi";
import { family, inSubnet } from "../../../provider/fields.js";
import type { Host } from "../../host.js";
import { problem } from "../../problems.js";
import type { Backend, Site } from "./backend.js";

/**
 * Each host is the gateway to its own subnet: plain routes, nothing is encapsulated. The hosts must be neighbours, on one
 * network without a router in between (flannel's host-gw).
 */
export const hostGw: Backend<undefined> = {
  overhead: { 4: 0, 6: 0 },
  subnets: [4, 6],
  carry: () => ({ tunnel: undefined, ready: [] }),
  hop: (site, _carrier, other, subnet) => ({ via: neighbour(site, other, family(subnet)), dev: site.host.uplink }),
};

/** The address of the other host, of the subnet's family; an error where it is not on the network of the uplink. */
function neighbour(site: Site, other: Site, of: 4 | 6): pulumi.Output<string> {
  const own = (host: Host) => (of === 6 ? ([host.address6, host.prefix6] as const) : ([host.address, host.prefix] as const));
  const [[address, prefix], [gateway]] = [own(site.host), own(other.host)];
  return pulumi.all([address, prefix, gateway, site.host.ssh, other.host.ssh]).apply(([a, length, via, here, there]) => {
    if (!a || !via) throw problem(`host-gw: the uplink of ${a ? there : here} has no IPv${of} address, which routes of IPv${of} need`);
    if (!inSubnet(via, `${a}/${length}`)) throw problem(`host-gw: ${there} (${via}) is not on the network of ${here} (${a}/${length}), and host-gw needs hosts without a router in between: use the back-end vxlan or ipip`);
    return via;
  });
}
