import { onHost } from "./snapshot.js";

/** The subnets of article 002's two hosts. */
export const two = ["172.245.0.0/24", "172.246.0.0/24"];

/** A program with an overlay of as many hosts as subnets are given, and what else the component is told. */
export function overlay(subnets: (string | string[])[], more: object = {}): string {
  return `
    const subnets = ${JSON.stringify(subnets)};
    const hosts = lab.hosts(subnets.length).map((h, i) => new linuxnet.Host("host" + (i + 1), h));
    new linuxnet.Overlay("o", { backend: "vxlan", ...${JSON.stringify(more)}, nodes: subnets.map((subnet, i) => ({ host: hosts[i], name: String(245 + i), subnet })) });`;
}

/** Pings from the namespace of a node; over IPv6 the kernel may take a second or two until it uses its new addresses. Throws where nothing answers. */
export function ping(lab: string, from: number, to: string): Promise<string> {
  return onHost(lab, `host${from - 244}`, `for i in 1 2 3 4 5 6 7 8; do ip netns exec ns${from} ping -c 1 -W 1 ${to} && exit; done; exit 1`);
}
