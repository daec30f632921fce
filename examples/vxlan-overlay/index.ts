import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

// Host after host: ns245, veth245, br245, vtep245 with 172.245.0.0/24, then the same with 246 …
const overlay = new linuxnet.VxlanOverlay("overlay", {
  nodes: hosts(2).map((host, i) => ({ host, name: `${245 + i}`, subnet: `172.${245 + i}.0.0/24` })),
});

export const nodes = overlay.nodes.map((node) => ({
  host: node.host.ssh,
  uplink: node.host.uplink,
  address: node.host.address,
  namespace: node.namespace.name,
  addresses: node.addresses,
  vtep: node.vtep.name,
  mac: node.vtep.mac,
  mtu: node.vtep.mtu,
}));
