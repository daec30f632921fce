import { FdbEntries } from "../../fdb-entries.js";
import { LinkFeature } from "../../link-feature.js";
import { Neighbours } from "../../neighbours.js";
import { Vxlan } from "../../vxlan.js";
import { addresses } from "../parts.js";
import { hostLength, nth } from "../subnet.js";
import type { Backend } from "./backend.js";

export interface VxlanOptions {
  vni: number;
  dstport: number;
  checksumOffload?: boolean;
}

/**
 * Ethernet frames in UDP (RFC 7348). A VTEP a host, whose address is the first of the host's subnet; every other host is reached by
 * a route, a neighbour entry and an FDB entry, so nothing is learned and nothing is flooded (flannel's vxlan).
 */
export function vxlan({ vni, dstport, checksumOffload: on }: VxlanOptions): Backend<Vxlan> {
  return {
    // Inner Ethernet 14, VXLAN 8, UDP 8, and the outer IP header.
    overhead: { 4: 14 + 8 + 8 + 20, 6: 14 + 8 + 8 + 40 },
    subnets: [4, 6],
    carry: (site) => {
      const { node, host, subnets, underlay, mtu, named, child } = site;
      const tunnel = new Vxlan(named("vtep"), { host, name: `vtep${node.name}`, vni, dstport, local: underlay, dev: host.uplink, mtu, learning: false }, child());
      const offload = on === undefined ? [] : [new LinkFeature(named("checksum-offload"), { host, dev: tunnel.name, feature: "tx-checksum-ip-generic", on }, child())];
      return { tunnel, ready: [tunnel, ...offload, ...addresses(site, "vtep-address", { dev: tunnel.name }, subnets.map((subnet) => `${nth(subnet, 0)}/${hostLength(subnet)}`))] };
    },
    meet: ({ host, named, child }, { tunnel }, others) => {
      const macs = others.map(({ site, carrier }) => ({ site, mac: carrier.tunnel.mac.apply((mac) => mac!) }));
      const neighbours = macs.flatMap(({ site, mac }) => site.subnets.map((subnet) => [subnet, { dev: tunnel.name, dst: nth(subnet, 0), lladdr: mac }] as const));
      const entries = macs.map(({ site, mac }) => [site.node.name, { dev: tunnel.name, mac, dst: site.underlay }] as const);
      return [
        new Neighbours(named("neighbours"), { host, entries: Object.fromEntries(neighbours) }, child()),
        new FdbEntries(named("fdb"), { host, entries: Object.fromEntries(entries) }, child()),
      ];
    },
    hop: (_site, { tunnel }, _other, subnet) => ({ via: nth(subnet, 0), dev: tunnel.name }),
  };
}
