import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

const snat = new pulumi.Config().getBoolean("snat");
const [host, peer] = hosts(2) as [linuxnet.Host, linuxnet.Host];

// The host's addresses, routes and MAC address move onto br0; its uplink becomes a port.
const bridge = new linuxnet.UplinkBridge("br0", { host, name: "br0" });

// A namespace with a cable into the same bridge: it is on the uplink's network as the host is.
const ns1 = new linuxnet.NetworkNamespace("ns1", { host, name: "ns1" });
const veth = new linuxnet.VethPair("veth1", { host, name: "veth1b", mtu: host.mtu, peer: { name: "veth1a", netns: ns1.name } });
new linuxnet.BridgePort("veth1b", { host, dev: veth.name, master: bridge.name });
const on = { host, netns: ns1.name, dev: veth.peer.name };
const address = new linuxnet.Address("veth1a", { ...on, address: "10.244.1.2/24" });
const hop = snat ? bySourceOfTheHost() : byTheLinkItself();
new linuxnet.Route("default", { ...on, dst: "default", ...hop }, { dependsOn: address });

/** Everything is on the link: the peer finds the namespace's subnet on its own, and whoever has an address asks for it there. */
function byTheLinkItself() {
  new linuxnet.Route("back", { host: peer, dst: "10.244.1.0/24", dev: peer.uplink });
  return {};
}

/** The host is the gateway, and what it sends on for the namespace bears its own address: the peer needs no route. */
function bySourceOfTheHost() {
  new linuxnet.Address("gateway", { host, dev: bridge.name, address: "10.244.1.1/24" });
  new linuxnet.Sysctl("forwarding", { host, key: "net.ipv4.ip_forward", value: 1 });
  new linuxnet.FirewallRule("snat", { host, table: "nat", chain: "POSTROUTING", source: "10.244.1.0/24", outInterface: bridge.name, target: "snat", to: host.address.apply((a) => a!) });
  // In and out by one link: the host would tell ns1 to ask the peer itself, which has no way back.
  for (const link of ["all", "veth1a"]) new linuxnet.Sysctl(`redirects-${link}`, { host, netns: ns1.name, key: `net.ipv4.conf.${link}.accept_redirects`, value: 0 }, { dependsOn: veth });
  return { via: "10.244.1.1" };
}

export const forwardingDatabase = bridge.fdb;
export const spanningTree = bridge.stp;
