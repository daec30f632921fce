import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

const ipv6 = new pulumi.Config().getBoolean("ipv6");
const both = (v4: string, v6: string) => [v4, ...(ipv6 ? [v6] : [])];
const [host] = hosts(1);

const network = new linuxnet.BridgeNetwork("network", {
  host,
  bridge: "bridge1",
  address: both("192.168.1.1/24", "fd00:168:1::1/64"),
  containers: [
    { name: "client1", address: both("192.168.1.11", "fd00:168:1::11") },
    { name: "server1", address: both("192.168.1.12", "fd00:168:1::12") },
  ],
});

export const bridge = network.bridge.name;
export const containers = network.containers.map((container) => ({ namespace: container.netns, link: container.veth.name, addresses: container.addresses }));
