import { describe, expect, test } from "vitest";
import { walk } from "../../../network/walk/walk.js";
import { unknownValue } from "../../../provider/unknown.js";
import { behind, but, facts, hostGw, program, vxlan, type Resource } from "./program.js";

const ping = { host: "h1", netns: "ns1", to: "10.2.0.2", protocol: "icmp" } as const;
const tcp = { ...ping, protocol: "tcp", port: 9090 } as const;

/** What becomes of a flow, in a line. */
function fate(resources: Resource[], flow: Parameters<typeof walk>[1] = ping): string {
  const { verdict, reason, by } = walk(program(resources), flow);
  return [verdict, reason && `: ${reason}`, by.length > 0 ? ` [${by.join(", ")}]` : ""].join("");
}

test("a packet is told from hop to hop, each with the resources that decided", () => {
  const { verdict, hops, socket } = walk(program(vxlan), ping);
  expect(verdict).toBe("reached");
  expect(socket).toMatchObject({ at: { host: "h2", netns: "ns2" }, address: "10.2.0.2" });
  expect(hops.slice(0, 10)).toEqual([
    { host: "h1", netns: "ns1", what: "route to 0.0.0.0/0: via 10.1.0.1 dev eth0", by: ["Route default1"] },
    { host: "h1", netns: "", what: "forwards it by the route to 10.2.0.0/24: via 10.2.0.0 dev vtep", by: ["Route to2", "Sysctl forward1"] },
    { host: "h1", netns: "", what: "10.2.0.0 has 02:00:00:00:00:02 on vtep", by: ["Neighbour neighbour1"] },
    { host: "h1", netns: "", what: "FDB of vtep: 02:00:00:00:00:02 is behind 192.168.32.246", by: ["FdbEntry fdb1"] },
    { host: "h1", netns: "", what: "vtep wraps it (vxlan 1, port 8472) for 192.168.32.246", by: ["Vxlan vtep1"] },
    { host: "h1", netns: "", what: "route to 192.168.32.0/24: dev eth0", by: [] },
    { host: "h2", netns: "", what: "h2 has 192.168.32.246", by: [] },
    { host: "h2", netns: "", what: "vtep unwraps it", by: ["Vxlan vtep2"] },
    { host: "h2", netns: "", what: "forwards it by the route to 10.2.0.0/24: dev v2", by: ["Address gateway2", "Sysctl forward2"] },
    { host: "h2", netns: "ns2", what: "ns2 on h2 has 10.2.0.2", by: ["Address own2"] },
  ]);
});

describe("routes", () => {
  test("the longest prefix counts, then the lowest metric", () => {
    const wrong: Resource = ["Route", "wrong", { dst: "10.0.0.0/8", via: "192.168.32.99", dev: "eth0" }];
    expect(fate(but(hostGw, {}, wrong))).toBe("reached");
    expect(fate(but(hostGw, { to2: { metric: 9 } }, ["Route", "first", { dst: "10.2.0.0/24", type: "blackhole" }]))).toBe("lost: h1 has a blackhole route or rule for 10.2.0.2 [Route first]");
    expect(fate(but(hostGw, {}, ["Route", "last", { dst: "10.2.0.0/24", type: "blackhole", metric: 9 }]))).toBe("reached");
  });

  test("rules say which table is asked", () => {
    const table: Resource[] = [["Rule", "rule", { priority: 100, from: "10.1.0.0/24", table: 7 }], ["Route", "elsewhere", { dst: "default", type: "prohibit", table: 7 }]];
    expect(fate(but(hostGw, {}, ...table))).toBe("lost: h1 has a prohibit route or rule for 10.2.0.2 [Route elsewhere]");
    expect(fate(but(hostGw, {}, ["Rule", "rule", { priority: 100, from: "10.9.0.0/24", table: 7 }], table[1]!))).toBe("reached");
    expect(fate(but(hostGw, {}, ["Rule", "rule", { priority: 100, from: "10.1.0.0/24", table: 7, suppressPrefixlength: 0 }], ["Route", "none", { dst: "default", via: "192.168.32.1", table: 7 }]))).toBe("reached");
  });

  test("the way back counts as well", () => {
    expect(fate(but(hostGw, { default2: undefined }))).toBe("lost: ns2 on h2 has no route to 10.1.0.2");
    expect(walk(program(but(hostGw, { default2: undefined })), ping).remedy).toBe("declare a Route for 10.1.0.2 in ns2: it is the way back");
  });

  test("packets that go in circles end", () => {
    const circle: Resource[] = [["Route", "there", { dst: "10.9.0.0/24", via: "192.168.32.246", dev: "eth0" }], ["Route", "back", { on: "h2", dst: "10.9.0.0/24", via: "192.168.32.245", dev: "eth0" }]];
    expect(fate(but(hostGw, {}, ...circle), { ...ping, to: "10.9.0.9" })).toMatch(/^lost: the packet goes in circles/);
  });

  test("strict rp_filter drops what would be answered by another link", () => {
    const strict: Resource = ["Sysctl", "rp", { on: "h2", key: "net.ipv4.conf.all.rp_filter", value: 1 }];
    const other: Resource = ["Route", "detour", { on: "h2", dst: "10.1.0.2/32", dev: "v2" }];
    expect(fate(but(hostGw, {}, strict))).toBe("reached");
    expect(fate(but(hostGw, {}, strict, other))).toBe("lost: eth0 in h2 drops packets from 10.1.0.2, because answers would leave by v2 (rp_filter is 1) [Sysctl rp, Route detour]");
  });
});

describe("netfilter", () => {
  const drops: Resource = ["FirewallPolicy", "policy", { chain: "FORWARD", policy: "drop", backend: "iptables-nft" }];
  const rule = (name: string, props: Record<string, unknown>): Resource => ["FirewallRule", name, { chain: "FORWARD", backend: "iptables-nft", target: "accept", ...props }];
  const web: Resource[] = [rule("dnat", { on: "h2", table: "nat", chain: "PREROUTING", protocol: "tcp", destination: "192.168.32.246", destinationPorts: 80, target: "dnat", to: "10.2.0.2", toPorts: 9090 })];

  test("a policy that drops names itself", () => expect(fate(but(hostGw, {}, drops))).toBe("lost: the policy of filter FORWARD in h1 drops icmp from 10.1.0.2 to 10.2.0.2 [FirewallPolicy policy]"));

  test("answers of a connection pass by its state", () => {
    expect(fate(but(hostGw, {}, drops, rule("out", { source: "10.1.0.0/24" })))).toBe("lost: the policy of filter FORWARD in h1 drops icmp answers from 10.2.0.2 to 10.1.0.2 [FirewallPolicy policy]");
    expect(fate(but(hostGw, {}, drops, rule("out", { source: "10.1.0.0/24" }), rule("back", { ctstate: ["established", "related"] })))).toBe("reached");
  });

  test("rules are asked in order, those that are put first before others", () => {
    const refuse = rule("refuse", { protocol: "tcp", destinationPorts: "9000-9100", target: "reject" });
    expect(fate(but(hostGw, {}, refuse), tcp)).toBe("lost: a rule in filter FORWARD of h1 rejects tcp from 10.1.0.2 to 10.2.0.2 port 9090 [FirewallRule refuse]");
    expect(fate(but(hostGw, {}, refuse), ping)).toBe("reached");
    expect(fate(but(hostGw, {}, refuse, rule("pass", { position: "first", source: "10.1.0.2/32" })), tcp)).toBe("reached");
  });

  test("a DNAT leads elsewhere, and its answers come from where it was asked", () => {
    const { verdict, socket } = walk(program(but(hostGw, {}, ...web)), { ...tcp, to: "192.168.32.246", port: 80 });
    expect([verdict, socket?.address, socket?.port]).toEqual(["reached", "10.2.0.2", 9090]);
  });

  test("a DNAT into the client's own network needs a masquerade, or answers go straight to it", () => {
    const second: Resource[] = [["NetworkNamespace", "ns3", { on: "h2", name: "ns3" }], ["Bridge", "br", { on: "h2", name: "br" }]];
    const bridged = but(hostGw, { gateway2: { dev: "br" } }, ...second, ["BridgePort", "p2", { on: "h2", dev: "v2", master: "br" }], ["VethPair", "veth3", { on: "h2", name: "v3", peer: { name: "eth0", netns: "ns3" } }], ["BridgePort", "p3", { on: "h2", dev: "v3", master: "br" }], ["Address", "own3", { on: "h2", netns: "ns3", dev: "eth0", address: "10.2.0.3/24" }], ["Route", "default3", { on: "h2", netns: "ns3", dst: "default", via: "10.2.0.1" }], ...web);
    const flow = { host: "h2", netns: "ns3", to: "192.168.32.246", protocol: "tcp", port: 80 } as const;
    expect(fate(bridged, flow)).toBe("lost: the answer comes to ns3 on h2 from 10.2.0.2, not from 192.168.32.246");
    expect(fate([...bridged, rule("hairpin", { on: "h2", table: "nat", chain: "POSTROUTING", source: "10.2.0.0/24", destination: "10.2.0.0/24", target: "masquerade" })], flow)).toBe("reached");
  });

  test("what kernels choose by chance is known where each choice ends the same", () => {
    const by = (to: string): Resource => ["FirewallChain", "svc", { name: "svc", table: "nat", backend: "iptables-nft", rules: [{ probability: 0.5, target: "dnat", to: "10.2.0.2" }, { target: "dnat", to }] }];
    const jump = rule("jump", { table: "nat", chain: "PREROUTING", protocol: "tcp", destination: "10.96.0.1", target: "jump", toChain: "svc" });
    expect(fate(but(hostGw, {}, by("10.2.0.2"), jump), { ...tcp, to: "10.96.0.1" })).toBe("reached");
    expect(fate(but(hostGw, {}, by("10.2.0.9"), jump), { ...tcp, to: "10.96.0.1" })).toMatch(/^unknown: it depends on what a kernel chooses by chance: nobody on v2 of h2 has the address 10.2.0.9/);
  });
});

describe("what is not known is not guessed", () => {
  const known = facts(1);
  const on = (resources: Resource[], h1: object) => {
    const { verdict, reason } = walk(program(resources, { h1: { ...known, ...h1 }, h2: facts(2) }), ping);
    return `${verdict}: ${reason}`;
  };

  test("a host that was not met", () => expect(on(hostGw, { uplink: undefined })).toBe("unknown: the host has not been met (h1)"));
  test("rules that were not listed", () => expect(on(hostGw, { ground: { ...known.ground, foreign: undefined } })).toBe("unknown: the rules of raw PREROUTING in h1 are not known"));
  test("rules that nobody declared", () => {
    const foreign = { "4 filter FORWARD": { rules: 2, policy: "drop" } };
    expect(on(hostGw, { ground: { ...known.ground, foreign } })).toBe("unknown: filter FORWARD in h1 has 2 rules that this program does not declare");
    const first = (name: string, props: object): Resource => ["FirewallRule", name, { chain: "FORWARD", position: "first", backend: "iptables-nft", target: "accept", ...props }];
    expect(on(but(hostGw, {}, first("from", { source: "10.1.0.0/24" }), first("to", { destination: "10.1.0.0/24" })), { ground: { ...known.ground, foreign } })).toBe("reached: ");
  });
  test("a value that the preview does not know", () => expect(fate(but(hostGw, { own2: { address: unknownValue } }))).toBe("unknown: Address own2 is not known yet (ns2 on h2) [Address own2]"));
  test("what is behind the gateway outside", () => expect(fate(hostGw, { ...ping, to: "1.1.1.1" })).toBe("unknown: 1.1.1.1 is somewhere behind the gateway 192.168.32.1 of h1, outside of what the program declares"));
  test("links that are not modelled", () => expect(fate(but(hostGw, {}, ["Ipvlan", "iv", { name: "iv", link: "v1" }]))).toMatch(/^unknown: how packets go through the ipvlan iv is not modelled/));
});

test("the same works over IPv6", () => {
  const six = (n: number, on: string): Resource[] => [
    ["Address", `gateway6${n}`, { on, dev: `v${n}`, address: `fd00:${n}::1/64` }],
    ["Address", `own6${n}`, { on, dev: "eth0", netns: `ns${n}`, address: `fd00:${n}::2/64` }],
    ["Route", `default6${n}`, { on, netns: `ns${n}`, dst: "default", via: `fd00:${n}::1` }],
    ["Sysctl", `forward6${n}`, { on, key: "net.ipv6.conf.all.forwarding", value: 1 }],
  ];
  const both = [...behind(1, "h1"), ...behind(2, "h1"), ...six(1, "h1"), ...six(2, "h1")];
  const flow = { host: "h1", netns: "ns1", to: "fd00:2::2", protocol: "icmp" } as const;
  expect(fate(both, flow)).toBe("reached");
  expect(fate(but(both, { forward61: { value: 0 }, forward62: { value: 0 } }), flow)).toBe("lost: h1 does not forward: v1 gets a packet for fd00:2::2, which is somewhere else [Sysctl forward62]");
});

describe("tunnels", () => {
  test("ipip takes each packet to the next hop of its route", () => {
    const end = (n: number, on: string, other: number): Resource[] => [
      ["Ipip", `tun${n}`, { on, name: "tun", local: `192.168.32.${244 + n}`, mtu: 1480 }],
      ["Address", `tun-address${n}`, { on, dev: "tun", address: `10.${n}.0.0/32` }],
      ["Route", `to${other}`, { on, dst: `10.${other}.0.0/24`, via: `192.168.32.${244 + other}`, dev: "tun", onlink: true }],
    ];
    const ipip = [...behind(1, "h1"), ...behind(2, "h2"), ...end(1, "h1", 2), ...end(2, "h2", 1)];
    expect(fate(ipip)).toBe("reached");
    expect(fate(ipip, { ...ping, size: 1500, df: true })).toBe("lost: the packet has 1500 bytes, and tun in h1 takes 1480 [Route to2]");
    expect(fate(but(ipip, { tun2: undefined, "tun-address2": undefined, to1: undefined }))).toMatch(/^unknown: no ipip that takes it \(ipip\) is declared in h2/);
  });

  test("ends that do not fit are told with both", () => {
    expect(fate(but(vxlan, { vtep2: { vni: 2 } }))).toBe("lost: nothing in h2 takes what vtep wraps (vxlan 1, port 8472, from 192.168.32.245); vtep is vxlan 2, port 8472 [Vxlan vtep1, Vxlan vtep2]");
    expect(fate(but(vxlan, { fdb1: undefined }))).toBe("lost: vtep in h1 has no FDB entry for the MAC address 02:00:00:00:00:02 [Vxlan vtep1]");
    expect(fate(but(vxlan, { neighbour1: undefined }))).toMatch(/^lost: vtep in h1 has no FDB entry for who asks for a neighbour/);
  });
});
