import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";
import { httpWeb } from "../http-web";

const config = new pulumi.Config();
const ipv6 = config.getBoolean("ipv6");

// ns1 with 10.244.1.0/24 on the first host (the article's master), ns2 with 10.244.2.0/24 on the second (its slave) …
const network = new linuxnet.HostGwDirect("network", {
  acceptForward: true,
  nodes: hosts(2).map((host, i) => ({ host, name: `${i + 1}`, subnet: [`10.244.${i + 1}.0/24`, ...(ipv6 ? [`fd00:244:${i + 1}::/64`] : [])] })),
});

const [, slave] = network.nodes;
const [address] = slave.addresses;
const web = new linuxnet.Service(
  "http-web",
  {
    host: slave.host,
    name: "http-web",
    netns: slave.netns,
    command: httpWeb(address, 9090, "hello world! this is Veth pair Test!"),
    ready: { http: `http://${address}:9090/` },
  },
  { dependsOn: network },
);

if (config.getBoolean("trace")) for (const { host } of network.nodes) new linuxnet.LogPoints(`trace-${host.logicalName}`, { host }, { dependsOn: network });

export const namespaces = network.nodes.map((node) => ({ host: node.host.ssh, namespace: node.netns, addresses: node.addresses }));
export const url = `http://${address}:9090/`;
export const log = web.log;
