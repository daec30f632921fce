import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { kinds, type KindName } from "../../provider/registry.js";
import { risk } from "../../provider/risk.js";

/** Logged in from 192.0.2.7, by the gateway 10.0.0.1 on br0, which has the uplink eth0 as a port; IPv6 likewise. */
const path = { links: ["br0", "eth0"], hops: ["192.0.2.7", "10.0.0.1", "fe80::1", "fd00::7"] };

const why = (kind: KindName, want: object) => {
  const { value, problems } = check(kinds[kind], { ...want, host: { ssh: "h" }, owner: "p/s/r" });
  expect(problems).toEqual([]);
  return risk(kinds[kind].touches?.(value as never) ?? [], path);
};

const risky: [KindName, object, string][] = [
  ["LinkState", { dev: "eth0", up: false }, "eth0 carries the SSH connection"],
  ["LinkState", { dev: "br0", mtu: 1400 }, "br0 carries the SSH connection"],
  ["Bridge", { name: "br0" }, "br0 carries the SSH connection"],
  ["Vxlan", { name: "eth0", vni: 1 }, "eth0 carries the SSH connection"],
  ["VethPair", { name: "a", peer: { name: "eth0" } }, "eth0 carries the SSH connection"],
  ["BridgePort", { dev: "eth0", master: "br9" }, "eth0 carries the SSH connection"],
  ["BridgePort", { dev: "veth1", master: "br0" }, "br0 carries the SSH connection"],
  ["FdbEntry", { dev: "eth0", mac: "02:00:00:00:00:01", where: "master" }, "eth0 carries the SSH connection"],
  ["Address", { dev: "br0", address: "10.9.0.1/24" }, "br0 carries the SSH connection"],
  ["Address", { dev: "br9", address: "10.0.0.129/24" }, "10.0.0.129/24 covers 10.0.0.1, by which the SSH connection comes in"],
  ["Address", { dev: "br9", address: "192.0.2.7" }, "192.0.2.7/32 covers 192.0.2.7, by which the SSH connection comes in"],
  ["Address", { dev: "br9", address: "fd00::1/64" }, "fd00::1/64 covers fd00::7, by which the SSH connection comes in"],
  ["Route", { dst: "default", via: "10.0.0.9" }, "it is the default route"],
  ["Route", { dst: "default", via: "fd00::9", table: 100 }, "it is the default route"],
  ["Route", { dst: "192.0.0.0/8", via: "10.0.0.9" }, "192.0.0.0/8 covers 192.0.2.7, by which the SSH connection comes in"],
  ["Route", { dst: "10.0.0.0/25", type: "blackhole" }, "10.0.0.0/25 covers 10.0.0.1, by which the SSH connection comes in"],
  ["Route", { dst: "default", nexthops: [{ via: "10.0.0.9" }, { dev: "eth1" }] }, "it is the default route"],
  ["Rule", { priority: 100, to: "192.0.2.0/24", table: 7 }, "192.0.2.0/24 covers 192.0.2.7, by which the SSH connection comes in"],
  ["Rule", { priority: 100, from: "10.0.0.0/8", table: 7 }, "it is the default route"],
  ["Rule", { priority: 100, not: true, to: "10.9.0.0/16", action: "blackhole" }, "it is the default route"],
  ["VrfPort", { dev: "eth0", master: "red" }, "eth0 carries the SSH connection"],
  ["Macvlan", { name: "m0", link: "eth0", mode: "passthru" }, "eth0 carries the SSH connection"],
  ["Macvlan", { name: "m0", link: "eth0", mode: "passthru", netns: "ns1" }, "eth0 carries the SSH connection"],
  ["Neighbour", { dev: "br0", dst: "10.0.0.1", lladdr: "02:00:00:00:00:01" }, "the SSH connection comes in by 10.0.0.1"],
  ["Sysctl", { key: "net.ipv4.ip_forward", value: 1 }, "/proc/sys/net/ipv4/ip_forward decides what the host takes and forwards"],
  ["Sysctl", { key: "net.ipv6.conf.all.forwarding", value: 1 }, "/proc/sys/net/ipv6/conf/all/forwarding decides what the host takes and forwards"],
  ["Sysctl", { key: "net.ipv4.conf.all.rp_filter", value: 1 }, "/proc/sys/net/ipv4/conf/all/rp_filter decides what the host takes and forwards"],
  ["Sysctl", { key: "net/ipv4/conf/eth0/rp_filter", value: 1 }, "/proc/sys/net/ipv4/conf/eth0/rp_filter decides what the host takes and forwards"],
  ["Sysctl", { key: "net.bridge.bridge-nf-call-iptables", value: 1 }, "/proc/sys/net/bridge/bridge-nf-call-iptables decides what the host takes and forwards"],
];

const harmless: [KindName, object][] = [
  ["LinkState", { dev: "eth1", up: false }],
  ["LinkState", { dev: "eth0", netns: "ns1", up: false }],
  ["NetworkNamespace", { name: "eth0" }],
  ["Bridge", { name: "br9" }],
  ["Vxlan", { name: "vtep1", vni: 1, dev: "eth0" }],
  ["VethPair", { name: "a", peer: { name: "eth0", netns: "ns1" } }],
  ["VethPair", { name: "eth0", netns: "ns1", peer: { name: "b" } }],
  ["BridgePort", { dev: "veth1", master: "br9" }],
  ["Address", { dev: "br9", address: "10.9.0.1/24" }],
  ["Address", { dev: "eth0", netns: "ns1", address: "10.0.0.1/24" }],
  ["Route", { dst: "172.246.0.0/24", via: "10.0.0.9", dev: "br0" }],
  ["Route", { dst: "default", via: "10.0.0.9", netns: "ns1" }],
  ["Rule", { priority: 100, to: "10.9.0.0/16", table: 7 }],
  ["Rule", { priority: 100, iif: "veth1", table: 7 }],
  ["Rule", { priority: 100, netns: "ns1", table: 7 }],
  ["Macvlan", { name: "m0", link: "eth0" }],
  ["Vlan", { name: "eth0.5", link: "eth0", vlan: 5 }],
  ["Neighbour", { dev: "br0", dst: "10.0.0.9", lladdr: "02:00:00:00:00:01" }],
  ["Sysctl", { key: "net.ipv4.conf.eth1.rp_filter", value: 1 }],
  ["Sysctl", { key: "net.ipv4.conf.default.forwarding", value: 1 }],
  ["Sysctl", { key: "net.ipv4.conf.all.log_martians", value: 1 }],
  ["Sysctl", { key: "net.ipv4.ip_forward", value: 1, netns: "ns1" }],
];

const rule = { chain: "INPUT", target: "drop", backend: "iptables-legacy" };
risky.push(["FirewallRule", rule, "INPUT decides on the packets of the SSH connection"], ["FirewallPolicy", { chain: "INPUT", policy: "drop", backend: "iptables-legacy" }, "INPUT decides on the packets of the SSH connection"]);
risky.push(["FirewallRule", { ...rule, inInterface: "eth0" }, "INPUT decides on the packets of the SSH connection"], ["FirewallRule", { ...rule, inInterface: "veth+" }, "INPUT decides on the packets of the SSH connection"]);
risky.push(["FirewallRule", { ...rule, inInterface: "veth1", not: ["inInterface"] }, "INPUT decides on the packets of the SSH connection"]);
harmless.push(["FirewallRule", { ...rule, inInterface: "veth1" }], ["FirewallRule", { ...rule, chain: "OUTPUT", outInterface: "veth1" }]);
harmless.push(["FirewallRule", { ...rule, netns: "ns1" }], ["FirewallRule", { ...rule, chain: "FORWARD" }], ["FirewallPolicy", { chain: "FORWARD", policy: "drop", backend: "iptables-nft" }]);

describe("a change that may cut the way to the host", () => {
  test.each(risky)("%s %o is one", (kind, want, reason) => expect(why(kind, want)).toBe(reason));
  test.each(harmless)("%s %o is none", (kind, want) => expect(why(kind, want)).toBeUndefined());

  test("every kind says what it touches, but for those that live apart", () => {
    const silent = Object.entries(kinds).filter(([, kind]) => !kind.touches).map(([name]) => name);
    expect(silent, "a kind of the host's own network needs `touches`").toEqual(["NetworkNamespace", "ContainerNamespace", "Service", "NeighbourTable", "UnmanagedLinks", "BootPersistence", "Reachability"]);
  });
});
