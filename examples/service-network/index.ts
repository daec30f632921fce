import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";
import { httpWeb } from "../http-web";

const config = new pulumi.Config();
const ipv6 = config.getBoolean("ipv6");
const both = (v4: string, v6: string) => [v4, ...(ipv6 ? [v6] : [])];
const subnetOf = (i: number) => both(`172.${245 + i}.0.0/24`, `fd00:${245 + i}::/64`);
const addressOf = (i: number, n: number) => both(`172.${245 + i}.0.${n}`, `fd00:${245 + i}::${n}`);

// Pods: a namespace on each host (ns245, ns246), joined by an overlay …
const overlay = new linuxnet.Overlay("overlay", {
  backend: (config.get("backend") ?? "vxlan") as linuxnet.OverlayBackend,
  acceptForward: true,
  hairpin: true,
  nodes: hosts(2).map((host, i) => ({ host, name: `${245 + i}`, subnet: subnetOf(i) })),
});
const [first, second] = overlay.nodes;

/** … and one more on a host's bridge, by the subnet's address `n`. */
function pod(name: string, i: number, n: number) {
  const { host, bridge, mtu } = overlay.nodes[i];
  const netns = new linuxnet.NetworkNamespace(name, { host, name }).name;
  const veth = new linuxnet.VethPair(name, { host, name, mtu, peer: { name: "eth0", netns } });
  const port = new linuxnet.BridgePort(name, { host, dev: veth.name, master: bridge.name, hairpin: true });
  addressOf(i, n).forEach((address, six) => {
    const resource = six ? `${name}6` : name;
    const own = new linuxnet.Address(resource, { host, netns, dev: veth.peer.name, address: `${address}/${six ? 64 : 24}`, nodad: six ? true : undefined });
    new linuxnet.Route(resource, { host, netns, dst: "default", via: addressOf(i, 1)[six], dev: veth.peer.name }, { dependsOn: [own, port] });
  });
  return { host, netns, addresses: addressOf(i, n) };
}

const client = pod("client", 0, 3);
const web3 = pod("web3", 1, 3);

// Web servers in three of them …
const servers = [
  { name: "web1", host: first.host, netns: first.namespace.name, addresses: first.addresses },
  { name: "web2", host: second.host, netns: second.namespace.name, addresses: second.addresses },
  { name: "web3", ...web3 },
];
for (const { name, host, netns } of servers) {
  new linuxnet.Service(name, { host, name, netns, command: httpWeb(ipv6 ? "::" : "0.0.0.0", 9090, name), ready: { tcp: 9090 } });
}

// … and one address for all of them, or for as many as `replicas` says.
const service = new linuxnet.VirtualService(
  "web",
  {
    hosts: overlay.nodes.map((node) => node.host),
    address: both("10.96.0.80", "fd00:10:96::80"),
    port: 80,
    endpoints: servers.slice(0, config.getNumber("replicas") ?? 3).map(({ addresses }) => ({ address: addresses, port: 9090 })),
    subnets: [0, 1].flatMap(subnetOf),
  },
  { dependsOn: overlay },
);

export const urls = service.addresses.map((address) => (address.includes(":") ? `http://[${address}]/` : `http://${address}/`));
export const clients = [{ host: client.host.ssh, namespace: client.netns, addresses: client.addresses }];
export const endpoints = servers.map(({ name, host, netns, addresses }) => ({ name, host: host.ssh, namespace: netns, addresses }));
