import * as linuxnet from "linuxnet";

const host1 = new linuxnet.Host("host1", { ssh: "node-a.example" });
const host2 = new linuxnet.Host("host2", { ssh: "node-b.example", user: "admin", sudo: true });

// Containers of both hosts in one network.
const overlay = new linuxnet.VxlanOverlay("overlay", {
  nodes: [
    { host: host1, name: "245", subnet: "172.245.0.0/24" },
    { host: host2, name: "246", subnet: "172.246.0.0/24" },
  ],
});

// Any kernel object can stand alone, too.
const ns = new linuxnet.NetworkNamespace("web", { host: host1, name: "web" });
const veth = new linuxnet.VethPair("web", { host: host1, name: "veth-web", peer: { name: "eth0", netns: ns.name } });
new linuxnet.BridgePort("web", { host: host1, dev: veth.name, master: overlay.nodes[0].bridge.name });
new linuxnet.Address("web", { host: host1, netns: ns.name, dev: veth.peer.name, address: "172.245.0.3/24" });

export const mtu = overlay.nodes[0].mtu; // the uplink's less 50, known to the first preview
