import * as pulumi from "@pulumi/pulumi";
import { inSubnet } from "../../../provider/fields.js";
import type { Host } from "../../host.js";
import { problem } from "../../problems.js";

/** The address by which one host reaches another on the network of its uplink; an error that tells of `who` where it is not there. */
export function neighbour(who: string, from: Host, to: Host, of: 4 | 6): pulumi.Output<string> {
  const own = (host: Host) => (of === 6 ? ([host.address6, host.prefix6] as const) : ([host.address, host.prefix] as const));
  const [[address, prefix], [gateway]] = [own(from), own(to)];
  return pulumi.all([address, prefix, gateway, from.ssh, to.ssh]).apply(([a, length, via, here, there]) => {
    if (!a || !via) throw problem(`${who}: the uplink of ${a ? there : here} has no IPv${of} address, which routes of IPv${of} need`);
    if (!inSubnet(via, `${a}/${length}`)) throw problem(`${who}: ${there} (${via}) is not on the network of ${here} (${a}/${length}), and host-gw needs hosts without a router in between: use the back-end vxlan or ipip`);
    return via;
  });
}
