import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";
import { likeDocker } from "./like-docker";

const config = new pulumi.Config();
const [host] = hosts(1);
const name = config.get("container");
const addresses = [config.get("address") ?? "172.18.0.3/24", ...(config.getBoolean("ipv6") ? [config.get("address6") ?? "fd00:172:18::3/64"] : [])];

// Docker's own container, by its name, with Docker's bridge before it; or what is like one.
const docker = () => ({ netns: new linuxnet.ContainerNamespace("web", { host, name: name!, container: name! }).name, bridge: config.get("bridge") ?? "docker0" });
const { netns, bridge } = name ? docker() : likeDocker(host, addresses);

const forward = new linuxnet.PortForward("forward", { host, port: config.getNumber("port") ?? 80, to: addresses, toPort: 80, dev: bridge });

export const namespace = netns;
export const urls = forward.endpoints.map((endpoint) => pulumi.interpolate`http://${endpoint}/`);
