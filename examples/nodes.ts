import type * as linuxnet from "linuxnet";
import { hosts } from "./hosts";

/** Host after host as in the article: ns245, veth245, br245 with 172.245.0.0/24, then the same with 246 … */
export function nodes(count: number): linuxnet.OverlayNode[] {
  return hosts(count).map((host, i) => ({ host, name: `${245 + i}`, subnet: `172.${245 + i}.0.0/24` }));
}

/** What an example says of its overlay. */
export function summary(overlay: linuxnet.Overlay) {
  return overlay.nodes.map((node) => ({ host: node.host.ssh, uplink: node.host.uplink, address: node.host.address, namespace: node.namespace.name, addresses: node.addresses, mtu: node.mtu }));
}
