import { fold } from "../../../network/fold.js";
import type { HostFacts } from "../../../network/facts.js";
import type { Network } from "../../../network/network.js";
import { modelOf, type ModelName } from "../../../provider/model.js";
import { networkOf } from "../../../provider/network.js";

const settings = { "net/ipv4/ip_forward": "0", "net/ipv6/conf/all/forwarding": "0", "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0" };

/** A host of the tests: 192.168.32.245 and so on, on one network, with nothing on it. */
export const facts = (n: number): HostFacts => ({
  uplink: "eth0",
  mtu: 1500,
  mac: `02:00:c0:a8:20:f${n}`,
  address: `192.168.32.${244 + n}`,
  prefix: 24,
  gateway: "192.168.32.1",
  ground: { sysctls: settings, inherited: settings, foreign: {} },
});

/** What a resource is declared with; on the host `h1` unless `on` says another. */
export type Resource = [type: ModelName, name: string, props: Record<string, unknown> & { on?: string }];

/** The network that a program on two hosts declares, checked as the provider checks it. */
export function program(resources: readonly Resource[], hosts: Record<string, HostFacts> = { h1: facts(1), h2: facts(2) }): Network {
  const declared = resources.flatMap(([type, name, { on = "h1", ...props }]) => {
    const { value, problems } = modelOf(type).check({ ...props, host: { ssh: on }, owner: `p/s/${type}/${name}` });
    if (problems.length > 0) throw new Error(`${type} ${name}: ${JSON.stringify(problems)}`);
    return networkOf(type, name, on, value);
  });
  return fold(hosts, declared);
}

/** A program with some resources changed, taken out (`undefined`) or put in, by their names. */
export function but(resources: readonly Resource[], changes: Record<string, Record<string, unknown> | undefined>, ...more: Resource[]): Resource[] {
  return [...resources.flatMap(([type, name, props]): Resource[] => (name in changes ? (changes[name] ? [[type, name, { ...props, ...changes[name] }]] : []) : [[type, name, props]])), ...more];
}

/** A namespace behind a host, 10.1.0.2 by way of 10.1.0.1; `n` names another one likewise. */
export const behind = (n: number, on: string): Resource[] => [
  ["NetworkNamespace", `ns${n}`, { on, name: `ns${n}` }],
  ["LinkState", `lo${n}`, { on, netns: `ns${n}`, dev: "lo", up: true }],
  ["VethPair", `veth${n}`, { on, name: `v${n}`, peer: { name: "eth0", netns: `ns${n}` } }],
  ["Address", `gateway${n}`, { on, dev: `v${n}`, address: `10.${n}.0.1/24` }],
  ["Address", `own${n}`, { on, dev: "eth0", netns: `ns${n}`, address: `10.${n}.0.2/24` }],
  ["Route", `default${n}`, { on, netns: `ns${n}`, dst: "default", via: `10.${n}.0.1` }],
  ["Sysctl", `forward${n}`, { on, key: "net.ipv4.ip_forward", value: 1 }],
];

/** A namespace on each of two hosts, joined by plain routes. */
export const hostGw: Resource[] = [
  ...behind(1, "h1"),
  ...behind(2, "h2"),
  ["Route", "to2", { dst: "10.2.0.0/24", via: "192.168.32.246", dev: "eth0" }],
  ["Route", "to1", { on: "h2", dst: "10.1.0.0/24", via: "192.168.32.245", dev: "eth0" }],
];

const vtep = (n: number) => `02:00:00:00:00:0${n}`;
const end = (n: number, on: string, other: number): Resource[] => [
  ["Vxlan", `vtep${n}`, { on, name: "vtep", vni: 1, local: `192.168.32.${244 + n}`, dev: "eth0", mac: vtep(n), learning: false }],
  ["Address", `vtep-address${n}`, { on, dev: "vtep", address: `10.${n}.0.0/32` }],
  ["Neighbour", `neighbour${n}`, { on, dev: "vtep", dst: `10.${other}.0.0`, lladdr: vtep(other) }],
  ["FdbEntry", `fdb${n}`, { on, dev: "vtep", mac: vtep(other), dst: `192.168.32.${244 + other}` }],
  ["Route", `to${other}`, { on, dst: `10.${other}.0.0/24`, via: `10.${other}.0.0`, dev: "vtep", onlink: true }],
];

/** The same by vxlan, as flannel does. */
export const vxlan: Resource[] = [...behind(1, "h1"), ...behind(2, "h2"), ...end(1, "h1", 2), ...end(2, "h2", 1)];
