import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-links";
const modules = ["ipip", "sit", "ip_gre", "ip6_tunnel", "ip6_gre", "geneve", "8021q", "macvlan", "macvtap", "ipvlan", "dummy", "vrf"];
const current = useProject(name, useLab(name, 2, { modules }));

/** A program with both hosts: for each of them `host`, `k` (1, 2), `other`, and the addresses `here` and `there`, `here6` and `there6` of the underlay. */
const program = (body: string) => `
  for (const k of [1, 2]) {
    const other = 3 - k;
    const [here, there] = [k, other].map((n) => "192.168.32." + (244 + n));
    const [here6, there6] = [k, other].map((n) => "fd00:32::" + (244 + n));
    const host = new linuxnet.Host("host" + k, lab.hosts(2)[k - 1]);
    ${body}
  }`;

/** Pings from one host of the lab; over IPv6 the kernel may take a second or two until it uses its new addresses. */
const ping = (host: number, to: string, netns?: string) =>
  onHost(name, `host${host}`, `for i in 1 2 3 4 5 6 7 8; do ${netns ? `ip netns exec ${netns} ` : ""}ping -c 1 -W 1 ${to} && exit; done; exit 1`);

/** Tunnels between the hosts; what they carry is in the third column: IPv4, IPv6 or both. Their networks are numbered from 1. */
const tunnels: [string, string, (4 | 6)[], string][] = [
  ["Ipip", "local: here, remote: there, ttl: 64, alias: \"to host\" + other + \" '$(id)'\"", [4], "ttl: 32, mtu: 1400"],
  ["Sit", "local: here, remote: there", [6], "tos: 16"],
  ["Gre", "local: here, remote: there, key: 7", [4, 6], "key: 8"],
  ["Gretap", "local: here, remote: there", [4, 6], "csum: true"],
  ["Ip6Tnl", "local: here6, remote: there6", [4, 6], 'encaplimit: "none"'],
  ["Ip6Gre", "local: here6, remote: there6, csum: true", [4, 6], "hoplimit: 9"],
  ["Ip6Gretap", "local: here6, remote: there6, key: 6, mtu: 1400", [4, 6], 'tclass: "inherit"'],
  ["Geneve", "remote: there, vni: 1", [4, 6], "ttl: 9"],
  ["Geneve", "remote: there6, vni: 2, dstport: 6082", [4, 6], "txqueuelen: 50"],
];

const declared = (changed: boolean) => program(
  tunnels.map(([kind, ends, families, change], i) => `
    const t${i} = new linuxnet.${kind}("t${i}" + k, { host, name: "t${i}", ${ends}, ...(${changed} ? { ${change} } : {}) });
    ${families.map((f) => `new linuxnet.Address("t${i}v${f}" + k, { host, dev: t${i}.name, address: ${f === 4 ? `"10.9.${i}." + k + "/24"` : `"fd09:${i}::" + k + "/64", nodad: true`} });`).join("\n")}`).join("\n"),
);

test("packets cross every kind of tunnel between two hosts, over IPv4 and IPv6; each changes in place, and a second up has nothing to do", async () => {
  const project = current();
  const cross = async () => {
    for (const [i, [, , families]] of tunnels.entries()) for (const f of families) await ping(1, f === 4 ? `10.9.${i}.2` : `fd09:${i}::2`);
  };
  project.program(declared(false));
  await project.up();
  await cross();
  expect(changes(await project.preview("--refresh"))).toEqual([]);

  project.program(declared(true));
  const all = tunnels.flatMap(([kind], i) => [1, 2].map((k) => `update ${kind} t${i}${k}`));
  expect(changes(await project.preview()).sort()).toEqual(all.sort());
  await project.up();
  await cross();
  expect(await onHost(name, "host1", "ip -d link show t0")).toMatch(/mtu 1400 [^]*ttl 32 [^]*alias to host2 '\$\(id\)'/);
});

/** Every other kind of link, and policy routing. Of what is in a namespace, `eth0` has the name of a link of the host. */
const others = (changed: boolean) => program(`
    const ns = Object.fromEntries(["mac", "ipv", "vrf"].map((n) => [n, new linuxnet.NetworkNamespace(n + k, { host, name: n })]));
    const up = (name, dev, address, netns) => new linuxnet.Address(name + k, { host, dev: dev.name, netns, address: address + k + "/24" });
    const dummy = new linuxnet.Dummy("dummy" + k, { host, name: "dummy0", mtu: ${changed ? 1300 : 9000} });
    const vlan = new linuxnet.Vlan("vlan" + k, { host, name: "eth0.5", link: "eth0", vlan: 5, gvrp: ${changed} });
    up("vlan", vlan, "10.8.1.");
    const mac = new linuxnet.Macvlan("macvlan" + k, { host, name: "eth0", netns: ns.mac.name, link: "eth0", mode: ${changed ? '"private"' : '"bridge"'} });
    up("mac", mac, "10.8.2.", ns.mac.name);
    new linuxnet.Macvtap("macvtap" + k, { host, name: "macvtap0", link: "eth0", mode: "private", txqueuelen: ${changed ? 50 : 500} });
    const lower = new linuxnet.VethPair("lower" + k, { host, name: "lower0", peer: { name: "lower1", alias: "of the pair" } });
    const ipv = [0, 1].map((n) => new linuxnet.Ipvlan("ipvlan" + n + k, { host, name: "eth" + n, netns: ns.ipv.name, link: lower.name, mode: ${changed ? '"l3"' : '"l2"'} }, { ignoreChanges: n === 1 ? ["mode"] : [] }));
    up("ipv", ipv[0], "10.8.3.", ns.ipv.name);
    const red = new linuxnet.Vrf("vrf" + k, { host, name: "red", netns: ns.vrf.name, table: 10, alias: ${changed ? '"red one"' : '"red"'} });
    const pair = new linuxnet.VethPair("pair" + k, { host, name: "veth0", peer: { name: "eth0", netns: ns.vrf.name }, txqueuelen: ${changed ? 50 : 1000} });
    const port = new linuxnet.VrfPort("port" + k, { host, dev: pair.peer.name, netns: ns.vrf.name, master: red.name });
    new linuxnet.Address("port" + k, { host, dev: port.dev, netns: ns.vrf.name, address: "10.8.4.2/24" });
    const at = new linuxnet.Address("pair" + k, { host, dev: pair.name, address: "10.8.4.1/24" });
    new linuxnet.Route("many" + k, { host, dst: "10.7.0.0/16", tos: 16, nexthops: [{ via: "10.8.4.2", weight: ${changed ? 2 : 1} }, { dev: dummy.name }] }, { dependsOn: [at] });
    new linuxnet.Route("dev" + k, { host, dst: "10.6.0.0/16", dev: dummy.name, table: 200, scope: ${changed ? '"global"' : '"link"'} });
    new linuxnet.Rule("rule" + k, { host, priority: 100, to: "10.6.0.0/16", fwmark: "0x10/0xff", iif: dummy.name, table: ${changed ? 254 : 200} });
    new linuxnet.Rule("rule6" + k, { host, priority: 100, family: 6, ipproto: "tcp", dport: 80, action: ${changed ? '"prohibit"' : '"unreachable"'} });
`);

test("every other kind of link is made, with policy routing, changes in place, and goes", async () => {
  const project = current();
  project.program(others(false));
  await project.up();
  expect(changes(await project.preview("--refresh"))).toEqual([]);
  await ping(1, "10.8.1.2");
  await ping(1, "10.8.2.2", "mac");
  await ping(1, "10.8.4.2");
  expect(await onHost(name, "host1", "ip -6 rule; ip -n vrf route show vrf red")).toMatch(/^100:\tfrom all ipproto tcp dport 80 unreachable$[^]*10\.8\.4\.0\/24 dev eth0/m);
  expect(await onHost(name, "host2", "ip route get 10.6.1.1 mark 0x11 iif dummy0 from 10.8.9.9 2>&1 || true; ip route show 10.7.0.0/16 tos 0x10")).toMatch(/nexthop via 10\.8\.4\.2 dev veth0 weight 1/);

  project.program(others(true));
  const updates = ["Dummy dummy", "Vlan vlan", "Macvlan macvlan", "Macvtap macvtap", "Ipvlan ipvlan0", "Vrf vrf", "VethPair pair", "Route many", "Route dev", "Rule rule", "Rule rule6"].flatMap((r) => [1, 2].map((k) => `update ${r}${k}`));
  expect(changes(await project.preview()).sort()).toEqual(updates.sort());
  await project.up();
  await ping(1, "10.8.1.2");
  await ping(1, "10.8.2.2", "mac");
  expect(await onHost(name, "host1", "ip rule show priority 100; ip -6 rule show priority 100")).toBe("100:\tfrom all to 10.6.0.0/16 fwmark 0x10/0xff iif dummy0 lookup main\n100:\tfrom all ipproto tcp dport 80 prohibit");
});

const keys = ["2GJ/F6a5Y2kBxSnNO1mmTq1Wxi5xCHcDuSAqdI0Yr0E=", "cGJ/F6a5Y2kBxSnNO1mmTq1Wxi5xCHcDuSAqdI0Yr0E="];
const presharedKey = "/UwcSPg38hW/D9Y3tcS1FOV0K1wuURMbS0sesJEP5ak=";

/** A WireGuard link in a namespace of each host, whose outer packets are the host's. */
const wireGuard = (keepalive: string) => program(`
    const keys = ${JSON.stringify(keys)};
    const ns = new linuxnet.NetworkNamespace("ns" + k, { host, name: "wg" });
    const peers = linuxnet.wireGuardPublicKey(keys[other - 1]).apply((key) => ({ [key]: { endpoint: "[" + there6 + "]:51820", allowedIps: ["10.9.0.0/24", "fd09::/64"], presharedKey: ${JSON.stringify(presharedKey)}, ${keepalive} } }));
    const wg = new linuxnet.WireGuard("wg" + k, { host, name: "wg0", netns: ns.name, privateKey: keys[k - 1], listenPort: 51820, peers });
    new linuxnet.Address("v4" + k, { host, dev: wg.name, netns: ns.name, address: "10.9.0." + k + "/24" });
    new linuxnet.Address("v6" + k, { host, dev: wg.name, netns: ns.name, address: "fd09::" + k + "/64", nodad: true });
`);

test("packets cross WireGuard, whose keys are in no output and not plain in the state", async ({ skip }) => {
  const { rc, text } = await tryOnHost(name, "host1", "command -v wg && ip link add name wg9 type wireguard && ip link del dev wg9");
  if (rc !== 0) skip(`the lab's hosts have no WireGuard, or no wg: ${text}`);
  const project = current();
  project.program(wireGuard(""));
  const said = [await project.must("preview", "--diff"), await project.up()];
  await ping(1, "10.9.0.2", "wg");
  await ping(2, "fd09::1", "wg");
  expect(changes(await project.preview("--refresh"))).toEqual([]);
  project.program(wireGuard("keepalive: 5"));
  expect(changes(await project.preview()).sort()).toEqual(["update WireGuard wg1", "update WireGuard wg2"]);
  said.push(await project.up("--diff"), await project.must("stack export"));
  await ping(1, "10.9.0.2", "wg");
  for (const secret of [...keys, presharedKey]) for (const { text } of said) expect(text).not.toContain(secret);
});

test("a host without WireGuard or its tool is told before anything is touched", async ({ skip }) => {
  const { rc } = await tryOnHost(name, "host1", "command -v wg");
  if (rc === 0) skip("the lab's hosts have wg");
  const project = current();
  project.program(wireGuard(""));
  const { rc: failed, text } = await project.run("preview");
  expect(failed).not.toBe(0);
  expect(text).toContain("has no wireguard links: load or install the module");
  expect(text).toContain("has no wg, by which a WireGuard is made: install the package wireguard-tools");
});
