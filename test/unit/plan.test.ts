import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { differences, equal, plan } from "../../provider/plan.js";
import { kinds, type KindName } from "../../provider/registry.js";
import { unknownValue } from "../../provider/unknown.js";

const host = { ssh: "host1" };
const owner = "net/dev/it";

/** What becomes of an object that was declared with some properties when they change. */
function change(kind: KindName, was: Record<string, unknown>, to: Record<string, unknown>) {
  const state = check(kinds[kind], { host, owner, ...was }).value;
  const want = check(kinds[kind], { host, owner, ...was, ...to }, undefined, state).value;
  return plan(kinds[kind], { ...state, ifindex: 7, found: { mtu: 9 } }, want);
}

const same = { changed: [], replaces: [] };
const veth = { name: "va", netns: "ns245", peer: { name: "vb", netns: "ns246" } };
const route = { dst: "172.246.0.0/24", via: "10.0.0.1", dev: "e0" };

describe("nothing changes", () => {
  test("when the program says the same, however it writes it", () => {
    expect(change("VethPair", veth, {})).toMatchObject(same);
    expect(change("Address", { dev: "e0", address: "fd00::1/64" }, { address: "FD00:0:0::1/64" })).toMatchObject(same);
    expect(change("Neighbour", { dst: "10.0.0.1", dev: "e0", lladdr: "02:aa:00:00:00:01" }, { lladdr: "02:AA:00:00:00:01" })).toMatchObject(same);
    expect(change("Sysctl", { key: "net.ipv4.ip_forward", value: 1 }, { value: true })).toMatchObject(same);
    expect(change("Route", { ...route, dst: "default" }, { dst: "0.0.0.0/0" })).toMatchObject(same);
    expect(change("Route", route, { metric: 0 })).toMatchObject(same);
    expect(change("Route", { dst: "fd00::/64", dev: "e0", metric: 0 }, { metric: 1024 })).toMatchObject(same);
    expect(change("Route", { dst: "fd00::/64", dev: "e0" }, { metric: 1024 })).toMatchObject(same);
  });

  test("when only the order of keys or a default that is now written out differs", () => {
    expect(change("VethPair", veth, { mtu: 1500, up: true, peer: { netns: "ns246", up: true, name: "vb" } })).toMatchObject(same);
  });

  test("when adoption is asked for later, or no longer", () => {
    expect(change("Bridge", { name: "br0" }, { adopt: true })).toMatchObject(same);
    expect(change("Bridge", { name: "br0", adopt: true }, { adopt: undefined })).toMatchObject(same);
    expect(change("VethPair", { ...veth, adopt: true }, { adopt: false })).toMatchObject(same);
  });
});

describe("an object changes in place", () => {
  test.each<[KindName, Record<string, unknown>, Record<string, unknown>]>([
    ["VethPair", veth, { mtu: 1400 }],
    ["VethPair", veth, { peer: { ...veth.peer, mac: "02:00:00:00:00:01" } }],
    ["Bridge", { name: "br0" }, { stp: true }],
    ["BridgePort", { dev: "e0", master: "br0" }, { master: "br1" }],
    ["LinkState", { dev: "e0", up: true }, { up: false }],
    ["Route", route, { via: "10.0.0.2" }],
    ["Route", route, { dev: "e1" }],
    ["Sysctl", { key: "net.ipv4.ip_forward", value: 1 }, { value: 0 }],
    ["Vxlan", { name: "vx", vni: 1, dev: "e0" }, { dev: "e1" }],
    ["Neighbour", { dst: "10.0.0.1", dev: "e0", lladdr: "02:00:00:00:00:01" }, { lladdr: "02:00:00:00:00:02" }],
    ["FdbEntry", { mac: "02:00:00:00:00:01", dev: "vx", dst: "10.0.0.1" }, { dst: "10.0.0.2" }],
  ])("a %s with %j when %j is declared", (kind, was, to) => expect(change(kind, was, to)).toMatchObject({ changed: Object.keys(to), replaces: [] }));

  test("when a property is declared that was not, and when one is no longer declared", () => {
    expect(change("Route", route, { mtu: 1400 })).toMatchObject({ changed: ["mtu"], replaces: [] });
    expect(change("Route", { ...route, mtu: 1400 }, { mtu: undefined })).toMatchObject({ changed: ["mtu"], replaces: [] });
    expect(change("Route", { ...route, src: "10.0.0.9" }, { src: null })).toMatchObject({ changed: ["src"], replaces: [] });
  });

  test("when the kernel has something to go back to for a property that is no longer declared", () => {
    expect(change("Bridge", { name: "br0", ageingTime: 60 }, { ageingTime: undefined })).toMatchObject({ changed: ["ageingTime"], replaces: [] });
    expect(change("BridgePort", { dev: "e0", master: "br0", hairpin: true }, { hairpin: undefined })).toMatchObject({ changed: ["hairpin"], replaces: [] });
    expect(change("Vxlan", { name: "vx", vni: 1, ttl: 7 }, { ttl: undefined })).toMatchObject({ changed: ["ttl"], replaces: [] });
  });

  test("when a value that can change is not known yet", () => expect(change("VethPair", veth, { mtu: unknownValue })).toMatchObject({ changed: ["mtu"], replaces: [] }));

  test("when only the way into the host changes", () => {
    expect(change("Bridge", { name: "br0" }, { host: { ssh: "host1", user: "root", identityFile: "/k", sudo: true, verifyHostKey: false } })).toMatchObject({ changed: ["host"], replaces: [] });
  });

  test("when the resource is renamed", () => expect(change("Bridge", { name: "br0" }, { owner: "net/dev/other" })).toMatchObject({ changed: ["owner"], replaces: [] }));
});

describe("an object is replaced, the old one going first", () => {
  test.each<[KindName, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ["NetworkNamespace", { name: "a" }, { name: "b" }, ["name"]],
    ["VethPair", veth, { name: "vc" }, ["name"]],
    ["VethPair", veth, { netns: undefined }, ["netns"]],
    ["VethPair", veth, { peer: { name: "vc", netns: "ns246" } }, ["peer"]],
    ["VethPair", veth, { peer: { name: "vb" } }, ["peer"]],
    ["BridgePort", { dev: "e0", master: "br0" }, { dev: "e1" }, ["dev"]],
    ["Address", { dev: "e0", address: "10.0.0.1/24" }, { dev: "e1" }, ["dev"]],
    ["Address", { dev: "e0", address: "10.0.0.1/24" }, { peer: "10.0.0.2" }, ["peer"]],
    ["Address", { dev: "e0", address: "10.0.0.1/24", broadcast: "10.0.0.255" }, { broadcast: undefined }, ["broadcast"]],
    ["Route", route, { type: "blackhole", via: undefined, dev: undefined }, ["type"]],
    ["Vxlan", { name: "vx", vni: 1 }, { vni: 2 }, ["vni"]],
    ["Vxlan", { name: "vx", vni: 1 }, { dstport: 4789, ttl: 7 }, ["dstport"]],
    ["Vxlan", { name: "vx", vni: 1, netns: "ns245", dev: "e0" }, { dev: "e1" }, ["dev"]],
    ["Vxlan", { name: "vx", vni: 1, local: "10.0.0.1" }, { local: "fd00::1" }, ["local"]],
    ["Vxlan", { name: "vx", vni: 1, remote: "10.0.0.1" }, { remote: undefined }, ["remote"]],
    ["Vxlan", { name: "vx", vni: 1, dev: "e0" }, { dev: undefined }, ["dev"]],
    ["BridgePort", { dev: "e0", master: "br0", cost: 5 }, { cost: undefined }, ["cost"]],
    ["FdbEntry", { mac: "02:00:00:00:00:01", dev: "vx", dst: "10.0.0.1" }, { vlan: 7 }, ["vlan"]],
  ])("a %s with %j when %j is declared", (kind, was, to, replaces) => expect(change(kind, was, to)).toMatchObject({ replaces, deleteBeforeReplace: true }));

  test("when it moves to another host, or to another port of it", () => {
    expect(change("Bridge", { name: "br0" }, { host: { ssh: "host2" } })).toMatchObject({ replaces: ["host"], deleteBeforeReplace: true });
    expect(change("Bridge", { name: "br0" }, { host: { ssh: "host1", port: 2222 } })).toMatchObject({ replaces: ["host"], deleteBeforeReplace: true });
    expect(change("Bridge", { name: "br0" }, { host: unknownValue })).toMatchObject({ replaces: ["host"] });
  });

  test("when what says which object it is, is not known yet", () => {
    expect(change("VethPair", veth, { name: unknownValue }).replaces).toContain("name");
    expect(change("VethPair", veth, { peer: { name: "vb", netns: unknownValue } }).replaces).toEqual(["peer"]);
  });

  test("when what it lives on is not known yet, because that is replaced", () => {
    expect(change("BridgePort", { dev: "e0", master: "br0" }, { master: unknownValue })).toMatchObject({ replaces: ["master"], deleteBeforeReplace: true });
    expect(change("Route", route, { dev: unknownValue })).toMatchObject({ replaces: ["dev"], deleteBeforeReplace: true });
    expect(change("Vxlan", { name: "vx", vni: 1, dev: "e0" }, { dev: unknownValue })).toMatchObject({ replaces: ["dev"], deleteBeforeReplace: true });
    expect(change("Route", route, { via: unknownValue })).toMatchObject({ changed: ["via"], replaces: [] });
  });
});

describe("an object is replaced, the new one coming first", () => {
  test.each<[KindName, Record<string, unknown>, Record<string, unknown>]>([
    ["Address", { dev: "e0", address: "10.0.0.1/24" }, { address: "10.0.0.2/24" }],
    ["Address", { dev: "e0", address: "10.0.0.1/24" }, { address: "10.0.0.1/16" }],
    ["Address", { dev: "e0", address: "fd00::1/64" }, { address: "fd00::2/64" }],
    ["Route", route, { dst: "172.247.0.0/24" }],
    ["Route", route, { metric: 5 }],
    ["Route", route, { table: 100 }],
    ["Neighbour", { dst: "10.0.0.1", dev: "e0", lladdr: "02:00:00:00:00:01" }, { dst: "10.0.0.2" }],
    ["FdbEntry", { mac: "00:00:00:00:00:00", dev: "vx", dst: "10.0.0.1" }, { dst: "10.0.0.2" }],
    ["FdbEntry", { mac: "02:00:00:00:00:01", dev: "vx", dst: "10.0.0.1" }, { mac: "02:00:00:00:00:02" }],
  ])("a %s with %j when %j is declared", (kind, was, to) => expect(change(kind, was, to)).toMatchObject({ replaces: Object.keys(to), deleteBeforeReplace: false }));

  test("but not when something else that replaces changes with it", () => {
    expect(change("Address", { dev: "e0", address: "10.0.0.1/24" }, { address: "10.0.0.2/24", dev: "e1" })).toMatchObject({ deleteBeforeReplace: true });
    expect(change("Address", { dev: "e0", address: "fd00::1/64" }, { address: "fd00::1/48" })).toMatchObject({ replaces: ["address"], deleteBeforeReplace: true });
    expect(change("Address", { dev: "e0", address: "10.0.0.1/24" }, { address: "10.0.0.2/24", host: { ssh: "host2" } })).toMatchObject({ deleteBeforeReplace: true });
  });
});

describe("what differs between declared and seen", () => {
  const want = { name: "br0", mtu: 1500, up: true, host, owner };

  test("is what the program declares", () => {
    expect(differences(kinds.Bridge, want, { name: "br0", mtu: 1400, up: false, ageingTime: 5, ifindex: 3 })).toEqual(["up", "mtu"]);
  });

  test("is also what the kernel no longer has", () => {
    expect(differences(kinds.Route, { src: "10.0.0.1" }, { src: undefined })).toEqual(["src"]);
  });

  test("is not what the kernel does not show", () => expect(differences(kinds.Address, { nodad: true }, { dev: "e0" })).toEqual([]));
});

test("values are equal whatever the order of their keys, lists only in their order", () => {
  expect(equal({ a: 1, b: { c: [1, 2], d: 2 } }, { b: { d: 2, c: [1, 2] }, a: 1 })).toBe(true);
  expect(equal([1, 2], [2, 1])).toBe(false);
  expect(equal({ a: undefined }, {})).toBe(true);
  expect(equal(undefined, undefined)).toBe(true);
  expect(equal(undefined, null)).toBe(false);
  expect(equal("1", 1)).toBe(false);
});
