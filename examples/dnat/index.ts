import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";
import { httpWeb } from "../http-web";

const config = new pulumi.Config();
const ipv6 = config.getBoolean("ipv6");
const trace = config.getBoolean("trace");
const [host, slave] = hosts(trace ? 2 : 1);
const both = (v4: string, v6: string) => [v4, ...(ipv6 ? [v6] : [])];

// ns1, joined to its host by a veth pair without a bridge.
const ns1 = new linuxnet.NetworkNamespace("ns1", { host, name: "ns1" });
const lo = new linuxnet.LinkState("lo", { host, netns: ns1.name, dev: "lo", up: true });
const veth = new linuxnet.VethPair("veth1", { host, name: "veth1b", mtu: host.mtu, peer: { name: "veth1a", netns: ns1.name } });
const routes = both("10.244.1", "fd00:244:1:").map((net, i) => {
  const [own, gateway, length] = i === 0 ? [`${net}.2`, `${net}.3`, 24] : [`${net}:2`, `${net}:3`, 64];
  const nodad = i === 1 ? true : undefined; // Usable at once.
  new linuxnet.Address(`veth1b-${i}`, { host, dev: veth.name, address: `${gateway}/${length}`, nodad });
  const address = new linuxnet.Address(`veth1a-${i}`, { host, netns: ns1.name, dev: veth.peer.name, address: `${own}/${length}`, nodad });
  return new linuxnet.Route(`default-${i}`, { host, netns: ns1.name, dst: "default", via: gateway, dev: veth.peer.name }, { dependsOn: address });
});

const web = new linuxnet.Service(
  "http-web",
  { host, name: "http-web", netns: ns1.name, command: httpWeb(ipv6 ? "::" : "0.0.0.0", 9090, "hello world! this is DNAT+bridge+Veth pair Test!"), ready: { tcp: 9090 } },
  { dependsOn: [lo, ...routes] },
);

// The host's port 8090, from wherever: outside, the host itself, and ns1.
const forward = new linuxnet.PortForward("forward", { host, port: 8090, to: both("10.244.1.2/24", "fd00:244:1::2/64"), toPort: 9090, dev: veth.name });

// Who pings the host from outside pings ns1.
const ping = new linuxnet.FirewallRule("ping", { host, table: "nat", chain: "PREROUTING", protocol: "icmp", destination: host.address.apply((a) => a!), inInterface: host.uplink, target: "dnat", to: "10.244.1.2" });
const pass = new linuxnet.FirewallRule("ping-forward", { host, chain: "FORWARD", position: "first", protocol: "icmp", destination: "10.244.1.2", target: "accept" });
const back = new linuxnet.FirewallRule("ping-back", { host, chain: "FORWARD", position: "first", protocol: "icmp", source: "10.244.1.2", target: "accept" });

if (trace) {
  new linuxnet.LogPoints("trace-master", { host, points: "forwarded" }, { dependsOn: [forward, ping, pass, back] });
  new linuxnet.LogPoints("trace-slave", { host: slave!, points: "own" });
}

export const urls = forward.endpoints.map((endpoint) => pulumi.interpolate`http://${endpoint}/`);
export const log = web.log;
export const arp = {
  host: new linuxnet.NeighbourTable("arp-host", { host, dev: veth.name }).entries,
  ns1: new linuxnet.NeighbourTable("arp-ns1", { host, netns: ns1.name, dev: veth.peer.name }).entries,
};
