import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

const [host, peer] = hosts(2) as [linuxnet.Host, linuxnet.Host];

// The host's addresses, routes and MAC address move onto br0; its uplink becomes a port.
const bridge = new linuxnet.UplinkBridge("br0", { host, name: "br0" });

// A namespace with a cable into the same bridge: it is on the uplink's network as the host is.
const ns1 = new linuxnet.NetworkNamespace("ns1", { host, name: "ns1" });
const veth = new linuxnet.VethPair("veth1", { host, name: "veth1b", mtu: host.mtu, peer: { name: "veth1a", netns: ns1.name } });
new linuxnet.BridgePort("veth1b", { host, dev: veth.name, master: bridge.name });
const address = new linuxnet.Address("veth1a", { host, netns: ns1.name, dev: veth.peer.name, address: "10.244.1.2/24" });
new linuxnet.Route("default", { host, netns: ns1.name, dst: "default", dev: veth.peer.name }, { dependsOn: address });

// The peer finds the namespace's subnet on its own link: whoever has an address asks for it there.
new linuxnet.Route("back", { host: peer, dst: "10.244.1.0/24", dev: peer.uplink });

export const forwardingDatabase = bridge.fdb;
export const spanningTree = bridge.stp;
