import { describe, expect, test } from "vitest";
import { findingsOf, told } from "../../../network/findings/index.js";
import { behind, but, facts, hostGw, program, vxlan, type Resource } from "./program.js";

const found = (resources: Resource[], hosts?: Parameters<typeof program>[1]) => findingsOf(program(resources, hosts)).map((f) => `${f.level}: ${told(f)} [${f.by.join(", ")}]`);

/** Two namespaces on a bridge with one subnet. */
const bridged: Resource[] = [
  ["Bridge", "br", { name: "br0" }],
  ["Address", "gateway", { dev: "br0", address: "10.3.0.1/24" }],
  ...[1, 2].flatMap((n): Resource[] => [
    ["NetworkNamespace", `c${n}`, { name: `c${n}` }],
    ["VethPair", `cv${n}`, { name: `cv${n}`, peer: { name: "eth0", netns: `c${n}` } }],
    ["BridgePort", `cp${n}`, { dev: `cv${n}`, master: "br0" }],
    ["Address", `ca${n}`, { netns: `c${n}`, dev: "eth0", address: `10.3.0.${n + 1}/24` }],
    ["Route", `cd${n}`, { netns: `c${n}`, dst: "default", via: "10.3.0.1" }],
  ]),
];

test.each([["host-gw", hostGw], ["vxlan", vxlan], ["bridge", bridged], ["nothing", []]] as const)("nothing is wrong with %s", (_name, resources) => expect(found([...resources])).toEqual([]));

describe("an address used twice", () => {
  test("is told where both hear each other", () =>
    expect(found(but(bridged, { ca2: { address: "10.3.0.2/24" } }))).toEqual(["error: 10.3.0.2 is used twice on one segment: on eth0 in c1 on h1, and on eth0 in c2 on h1. To mend it: give one of them another address [Address ca2, Address ca1]"]));
  test("is right where nobody hears both", () => expect(found(but(hostGw, {}, ...behind(3, "h1").map(([type, name, props]): Resource => [type, name, type === "Address" && props.netns ? { ...props, address: "10.3.0.2/24" } : props])).filter(([, name]) => name !== "forward3"))).toEqual([]));
});

describe("overlapping subnets", () => {
  test("are told with both addresses", () =>
    expect(found([...behind(1, "h1"), ...but(bridged, { gateway: { address: "10.1.0.129/25" } }).slice(0, 2)])).toEqual(["warning: h1 has 10.1.0.0/24 on v1 and 10.1.0.128/25 on br0, which overlap. To mend it: give each link a subnet of its own, or put both onto one bridge [Address gateway, Address gateway1]"]));
  test("are told where it is the uplink's", () => expect(found(but(bridged, { gateway: { address: "192.168.32.1/16" } }).slice(0, 2))[0]).toMatch(/^warning: h1 has 192.168.32.0\/24 on eth0 and 192.168.0.0\/16 on br0, which overlap/));
  test("are none where one is an address alone", () => expect(found([...behind(1, "h1"), ...but(bridged, { gateway: { address: "10.1.0.9/32" } }).slice(0, 2)])).toEqual([]));
});

describe("a gateway that is not on the link", () => {
  test("is told with the link's address", () =>
    expect(found(but(hostGw, { default1: { via: "10.9.0.1" } }))).toEqual(["error: ns1 on h1 cannot have the route to default via 10.9.0.1: no link of it has 10.9.0.1 in a subnet. To mend it: give a link an address in the subnet of 10.9.0.1, name a gateway that is on the link, or set `onlink: true` with `dev` [Route default1]"]));
  test("is looked for on the link that the route names", () => {
    const other: Resource = ["Route", "r", { dst: "10.8.0.0/24", via: "10.2.0.2", dev: "v1" }];
    expect(found(but(hostGw, {}, other))[0]).toMatch(/^error: h1 cannot have the route to 10.8.0.0\/24 via 10.2.0.2: v1 has 10.2.0.2 in a subnet/);
    expect(found(but(hostGw, {}, ["Route", "r", { ...other[2], onlink: true }]))).toEqual([]);
    expect(found(but(hostGw, {}, other, ["Route", "first", { dst: "10.2.0.2/32", dev: "v1" }])).filter((f) => f.startsWith("error"))).toEqual([]);
  });
  test("is not guessed on a link of somebody else's", () => expect(found([["Route", "r", { dst: "10.8.0.0/24", via: "10.99.0.1", dev: "eth0" }]])).toEqual([]));
});

describe("a way that is broken", () => {
  test("by a missing return route", () =>
    expect(found(but(hostGw, { default2: undefined }))).toEqual([expect.stringMatching(/^warning: packets from ns1 on h1 to 10.2.0.2 \(ns2 on h2\) are lost: ns2 on h2 has no route to 10.1.0.2. To mend it: declare a Route for 10.1.0.2 in ns2: it is the way back/)]));
  test("by a transit hop that does not forward", () => {
    expect(found(but(hostGw, { forward2: { value: 0 } }))).toEqual(["warning: packets from ns1 on h1 to 10.2.0.2 (ns2 on h2) are lost: h2 does not forward: eth0 gets a packet for 10.2.0.2, which is somewhere else. To mend it: declare a Sysctl net.ipv4.ip_forward with the value 1 [Sysctl forward2]"]);
    expect(found(but(hostGw, { forward2: undefined }))[0]).toContain("h2 does not forward");
  });
  test("by the policy that the host has", () => {
    const drops = { ...facts(1), ground: { ...facts(1).ground!, foreign: { "4 filter FORWARD": { rules: 0, policy: "drop" as const } } } };
    expect(found(hostGw, { h1: drops, h2: facts(2) })[0]).toMatch(/^warning: .* the policy of filter FORWARD in h1 drops icmp from 10.1.0.2 to 10.2.0.2. To mend it: accept it by a FirewallRule/);
    const accept = (name: string, props: object): Resource => ["FirewallRule", name, { chain: "FORWARD", position: "first", target: "accept", backend: "iptables-nft", ...props }];
    expect(found(but(hostGw, {}, accept("a", { source: "10.1.0.0/24" }), accept("b", { destination: "10.1.0.0/24" })), { h1: drops, h2: facts(2) })).toEqual([]);
    // Who declares it means it.
    expect(found(but(hostGw, {}, ["FirewallPolicy", "policy", { chain: "FORWARD", policy: "drop", backend: "iptables-nft" }]))).toEqual([]);
  });
  test("for long packets alone", () => {
    expect(found(but(bridged, { cv2: { mtu: 1400 } }))[0]).toMatch(/^warning: long packets from c1 on h1 to 10.3.0.3 \(c2 on h1\) are lost, and nobody is told: the port cv2 of br0 in h1 takes packets of 1400 bytes, and this one has 1500. To mend it: give all ports of the bridge, and the bridge, one MTU \[VethPair cv2\]/);
    expect(found(but(bridged, { br: { mtu: 1400 }, cv1: { mtu: 1400 }, cv2: { mtu: 1400 } }))).toEqual([]);
    expect(found(but(hostGw, { veth2: { mtu: 1400 } }))).toEqual([]); // A router tells the sender.
  });
  test("is none where nothing leads there", () => expect(found([...behind(1, "h1"), ["NetworkNamespace", "alone", { name: "alone" }], ["VethPair", "av", { name: "av", netns: "alone", peer: { name: "aw", netns: "alone" } }], ["Address", "aa", { netns: "alone", dev: "av", address: "10.7.0.1/24" }]])).toEqual([]));
});

describe("ends of tunnels", () => {
  test("that have other numbers", () => {
    expect(found(but(vxlan, { vtep2: { vni: 2 } }))[0]).toBe("error: vtep has the VNI 1 and sends to port 8472 in h1, and at the other end (192.168.32.246) vtep has the VNI 2 and sends to port 8472 in h2. To mend it: give both ends the same [Vxlan vtep1, Vxlan vtep2, FdbEntry fdb1]");
    expect(found(but(vxlan, { vtep2: { dstport: 4789 } }))[0]).toContain("sends to port 4789 in h2");
  });
  test("may have others besides", () => expect(found(but(vxlan, {}, ["Vxlan", "more", { on: "h2", name: "vx2", vni: 2, dstport: 4789 }]))).toEqual([]));
  test("that do not know who is there", () => {
    expect(found(but(vxlan, { neighbour1: undefined }))[0]).toBe('error: vtep in h1 has no neighbour entry for 10.2.0.0, the next hop to 10.2.0.0/24, and no FDB entry by which it could ask. To mend it: declare a Neighbour with `dev: "vtep", dst: "10.2.0.0"` and the other end\'s MAC address [Route to2, Vxlan vtep1]');
    expect(found(but(vxlan, { fdb1: undefined }))[0]).toMatch(/^error: vtep in h1 has no FDB entry for 02:00:00:00:00:02, the MAC address of its neighbour 10.2.0.0. To mend it: declare an FdbEntry/);
    expect(found(but(vxlan, { fdb1: { mac: "00:00:00:00:00:00" }, neighbour1: undefined, neighbour2: undefined, fdb2: { mac: "00:00:00:00:00:00" } }))).toEqual([]);
  });
});

describe("a DNAT to nowhere", () => {
  const dnat = (to: string): Resource => ["FirewallRule", "dnat", { table: "nat", chain: "PREROUTING", protocol: "tcp", destinationPorts: 80, target: "dnat", to, toPorts: 8080, backend: "iptables-nft" }];
  test("is told with the address", () => expect(found(but(hostGw, {}, dnat("10.1.0.9")))).toEqual(["warning: what h1 sends on to 10.1.0.9 gets nowhere: nobody on v1 of h1 has the address 10.1.0.9. To mend it: give 10.1.0.9 to who should have it, or declare another next hop [FirewallRule dnat]"]));
  test("is none where somebody has it, here or elsewhere", () => {
    for (const to of ["10.1.0.2", "10.2.0.2", "192.168.32.246", "1.2.3.4"]) expect(found(but(hostGw, {}, dnat(to)))).toEqual([]);
  });
});
