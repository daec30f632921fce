import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import { boot, down, kill, up } from "../../lab/index.js";
import { changes, Project } from "./project.js";
import { onHost, snapshots, tryOnHost, type Snapshot } from "./snapshot.js";

const name = "t-life";
const hosts = ["host1", "host2", "host3"];
let before: Record<string, Snapshot>;
let project: Project;

/** An overlay of as many hosts as subnets are given, with what else the component is told. */
const overlay = (subnets: (string | string[])[], more: object = {}) => `
const subnets = ${JSON.stringify(subnets)};
const hosts = lab.hosts(subnets.length).map((h, i) => new linuxnet.Host("host" + (i + 1), h));
new linuxnet.VxlanOverlay("o", { ...${JSON.stringify(more)}, nodes: subnets.map((subnet, i) => ({ host: hosts[i], name: String(245 + i), subnet })) });
`;
const two = ["172.245.0.0/24", "172.246.0.0/24"];
const host1 = 'const host = new linuxnet.Host("h", lab.hosts(1)[0]);';

const ping = (from: number, to: string) => onHost(name, `host${from - 244}`, `ip netns exec ns${from} ping -c 1 -W 2 ${to}`);

beforeAll(async () => {
  await up({ name, hosts: 3 });
  before = await snapshots(name, hosts);
});
beforeEach(() => {
  project = new Project({ env: { LINUXNET_LAB: name } });
});
afterEach(async () => {
  await project.run("destroy", "--yes", "--skip-preview");
  expect(await snapshots(name, hosts)).toEqual(before);
  project.remove();
});
afterAll(() => down(name));

test("an MTU changes in place, a VNI replaces the VTEP with all that lives on it, and the ping goes on working", async () => {
  project.program(overlay(two));
  await project.up();
  await ping(245, "172.246.0.2");

  project.program(overlay(two, { vni: 7 }));
  const planned = changes(await project.preview());
  expect(planned.filter((c) => c.startsWith("create-replacement"))).toEqual(
    expect.arrayContaining(["Vxlan o-245-vtep", "Address o-245-vtep-address", "Route o-245-246-route", "Neighbour o-245-246-neighbour", "FdbEntry o-245-246-fdb"].map((r) => `create-replacement ${r}`)),
  );
  expect(planned.join("\n")).not.toMatch(/Bridge |Veth|Namespace/);
  await project.up();
  await ping(245, "172.246.0.2");
  expect(await onHost(name, "host1", "ip -d link show vtep245")).toContain("vxlan id 7");

  project.program(`${host1} new linuxnet.Bridge("b", { host, name: "br9", mtu: 1400 });`);
  await project.up();
  project.program(`${host1} new linuxnet.Bridge("b", { host, name: "br9", mtu: 1300 });`);
  expect(changes(await project.preview())).toEqual(["update Bridge b"]);
  const index = await onHost(name, "host1", "cat /sys/class/net/br9/ifindex");
  await project.up();
  expect(await onHost(name, "host1", "cat /sys/class/net/br9/mtu /sys/class/net/br9/ifindex")).toBe(`1300\n${index}`);
});

test("what a hand changed is seen by refresh and repaired by the next up", async () => {
  project.program(overlay(two));
  await project.up();
  await onHost(name, "host1", "ip link set br245 mtu 1300; ip route del 172.246.0.0/24; ip neigh del 172.246.0.0 dev vtep245; sysctl -qw net.ipv4.ip_forward=0");
  const seen = (await project.must("refresh", "--yes", "--skip-preview")).text;
  expect(seen).toMatch(/Resources:\n\s+~ 2 updated\n\s+- 2 deleted/);
  expect(changes(await project.preview()).sort()).toEqual(["create Neighbour o-245-246-neighbour", "create Route o-245-246-route", "update Bridge o-245-bridge", "update Sysctl o-245-forwarding"]);
  await project.up();
  await ping(245, "172.246.0.2");
  expect(changes(await project.preview("--refresh"))).toEqual([]);
});

test("after a power cut `up --refresh` builds the host anew", async () => {
  project.program(overlay(two));
  await project.up();
  await kill(name, 1);
  await boot(name, 1);
  expect((await tryOnHost(name, "host1", "ip netns exec ns245 true")).rc).not.toBe(0);
  await project.up("--refresh");
  await ping(245, "172.246.0.2");
  await ping(246, "172.245.0.2");
});

test("three hosts with IPv4 and IPv6 subnets reach each other, and adding the third leaves the two alone", async () => {
  const three = [245, 246, 247].map((n) => [`172.${n}.0.0/24`, `fd00:${n}::/64`]);
  project.program(overlay(three.slice(0, 2)));
  await project.up();
  project.program(overlay(three));
  const planned = await project.preview();
  expect(planned.filter((s) => s.op !== "same" && s.op !== "create")).toEqual([]);
  await project.up();
  for (const [from, to] of [[245, 246], [246, 247], [247, 245]] as const) {
    expect(await ping(from, `172.${to}.0.2`)).toContain("1 received");
    expect(await ping(from, `fd00:${to}::2`)).toContain("1 received");
  }
  // The third goes again.
  project.program(overlay(three.slice(0, 2)));
  await project.up();
  expect(await ping(245, "fd00:246::2")).toContain("1 received");
});

test("an overlay over IPv6 has 20 bytes less and carries a ping", async () => {
  project.program(overlay(two, { underlay: 6 }));
  await project.up();
  expect(await onHost(name, "host1", "ip netns exec ns245 ping -c 1 -W 2 -M do -s 1402 172.246.0.2")).toContain("1 received");
  expect((await tryOnHost(name, "host1", "ip netns exec ns245 ping -c 1 -W 2 -M do -s 1403 172.246.0.2")).rc).not.toBe(0);
});

test("a subnet that changes keeps what does not change, and the ping goes on working", async () => {
  project.program(overlay(two));
  await project.up();
  project.program(overlay(["172.248.0.0/24", "172.246.0.0/24"]));
  expect(changes(await project.preview()).filter((c) => /Vxlan|Veth|Namespace|Bridge /.test(c))).toEqual([]);
  await project.up();
  await ping(245, "172.246.0.2");
  await ping(246, "172.248.0.2");
  expect(await onHost(name, "host1", "ip -br -4 addr show br245; ip -n ns245 -br -4 addr show eth0")).not.toContain("172.245.");
});

test("a user who is not root gets there by sudo", async () => {
  project.program(`new linuxnet.NetworkNamespace("n", { host: new linuxnet.Host("h", { ...lab.hosts(1)[0], user: lab.plainUser, sudo: true }), name: "by-sudo" });`);
  await project.up();
  expect(await onHost(name, "host1", "ip netns list")).toContain("by-sudo");
});

test("what was found is adopted when asked for, and given back", async () => {
  await onHost(name, "host1", "ip link add brx type bridge && ip link set brx mtu 1400 address 02:00:00:00:00:77");
  const program = (adopt: string) => `${host1} new linuxnet.Bridge("b", { host, name: "brx", mtu: 1300, up: true${adopt} });`;
  project.program(program(""));
  const refused = await project.run("up", "--yes", "--skip-preview");
  expect(refused.rc).not.toBe(0);
  expect(refused.text).toContain("host1: Bridge brx is there already, and linuxnet did not make it: set `adopt: true` to take it over");
  project.program(program(", adopt: true"));
  await project.up();
  expect(await onHost(name, "host1", "cat /sys/class/net/brx/mtu")).toBe("1300");
  await project.destroy();
  expect(await onHost(name, "host1", "ip -br link show brx; cat /sys/class/net/brx/mtu /sys/class/net/brx/address")).toMatch(/DOWN[^]*\n1400\n02:00:00:00:00:77$/);
  await onHost(name, "host1", "ip link del brx");
});

test("Pulumi killed in the middle of an up: the next one takes up what it finds", async () => {
  project.program(overlay(two));
  const { process } = await project.start("up", "--yes", "--skip-preview");
  // Dead as soon as the first link is there; what the state does not know of stays on the hosts.
  while ((await tryOnHost(name, "host1", "ip link show vtep245 || ip link show br245 || ip netns list | grep ns245")).rc !== 0);
  process.kill("SIGKILL");
  await process;
  await project.run("cancel", "--yes");
  await project.up("--refresh");
  await ping(245, "172.246.0.2");
});
