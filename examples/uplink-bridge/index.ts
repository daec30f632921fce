import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

const config = new pulumi.Config();
const ipv6 = config.getBoolean("ipv6");
const snat = config.getBoolean("snat");
const both = (v4: string, v6: string) => [v4, ...(ipv6 ? [v6] : [])];
const [host, peer] = hosts(2);

// The host's addresses, routes and MAC address move onto br0; its uplink becomes a port, and ns1 has a cable into the same bridge.
const network = new linuxnet.UplinkNetwork("network", {
  host,
  bridge: "br0",
  namespaces: [{ name: "1", address: both("10.244.1.2/24", "fd00:244:1::2/64") }],
  // The peer finds the namespace's subnet on its own link; or the host stands in for the namespace, and the peer needs no route.
  ...(snat ? { gateway: both("10.244.1.1/24", "fd00:244:1::1/64") } : { peers: [peer] }),
});

export const forwardingDatabase = network.bridge.fdb;
export const spanningTree = network.bridge.stp;
