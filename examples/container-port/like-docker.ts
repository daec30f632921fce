import type * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { httpWeb } from "../http-web";

/**
 * What is like a container where there is no Docker: a web server in a network namespace that it makes itself and that has no name, which then gets an eth0 on
 * a bridge of the host.
 */
export function likeDocker(host: linuxnet.Host, addresses: string[]): { netns: pulumi.Output<string>; bridge: pulumi.Output<string> } {
  const web = new linuxnet.Service("web", { host, name: "web", command: ["unshare", "--net", ...httpWeb("::", 80, "hello world! this is web!")] });
  const container = new linuxnet.ContainerNamespace("web", { host, name: "web", pid: web.pid });
  const network = new linuxnet.BridgeNetwork("docker", {
    host,
    bridge: "br-web",
    address: addresses.map((address) => address.replace(/\d+(?=\/)/, "1")),
    containers: [{ name: "web", netns: container.name, address: addresses.map((address) => address.split("/")[0]), link: "eth0" }],
  });
  return { netns: container.name, bridge: network.bridge.name };
}
