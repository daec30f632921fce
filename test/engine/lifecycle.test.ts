import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { boot, down, kill, up } from "../../lab/index.js";
import { overlay, ping, two } from "./overlay.js";
import { children, runs } from "./processes.js";
import { changes, Project } from "./project.js";
import { onHost, snapshots, tryOnHost, type Snapshot } from "./snapshot.js";

const name = "t-life";
const hosts = ["host1", "host2"];
const host = 'const host = new linuxnet.Host("h", lab.hosts(1)[0]);';
let before: Record<string, Snapshot>;
let project: Project;

beforeAll(async () => {
  await up({ name, hosts: hosts.length });
  before = await snapshots(name, hosts);
});
beforeEach(() => {
  project = new Project({ env: { LINUXNET_LAB: name } });
});
afterEach(async () => {
  await project.destroy();
  expect(await snapshots(name, hosts)).toEqual(before);
  project.remove();
});
afterAll(() => down(name));

test("another VNI replaces the VTEP with all that lives on it and nothing else", async () => {
  project.program(overlay(two));
  await project.up();
  project.program(overlay(two, { vni: 7 }));
  const replaced = (here: number, peer: number) => [`Vxlan o-${here}-vtep`, `Address o-${here}-vtep-address`, ...["Route route", "Neighbour neighbour", "FdbEntry fdb"].map((r) => r.replace(" ", ` o-${here}-${peer}-`))].map((r) => `replace ${r}`);
  expect(changes(await project.preview()).sort()).toEqual([...replaced(245, 246), ...replaced(246, 245)].sort());
  await project.up();
  expect(await onHost(name, "host1", "ip -d link show vtep245")).toContain("vxlan id 7");
  await ping(name, 245, "172.246.0.2");
});

test("what a hand changed, and what a power cut took, is seen by refresh and repaired", async () => {
  project.program(overlay(two));
  await project.up();
  await onHost(name, "host1", "ip link set br245 mtu 1300; ip route del 172.246.0.0/24; ip neigh del 172.246.0.0 dev vtep245; sysctl -qw net.ipv4.ip_forward=0");
  const seen = (await project.must("refresh", "--yes", "--skip-preview")).text;
  expect(seen).toMatch(/Resources:\n\s+~ 2 updated\n\s+- 2 deleted/);
  expect(changes(await project.preview()).sort()).toEqual(["create Neighbour o-245-246-neighbour", "create Route o-245-246-route", "update Bridge o-245-bridge", "update Sysctl host1-forwarding"]);
  await project.up();
  await ping(name, 245, "172.246.0.2");
  expect(changes(await project.preview("--refresh"))).toEqual([]);

  await kill(name, 1);
  await boot(name, 1);
  expect((await tryOnHost(name, "host1", "ip netns exec ns245 true")).rc).not.toBe(0);
  await project.up("--refresh");
  await ping(name, 245, "172.246.0.2");
  await ping(name, 246, "172.245.0.2");
});

test("an overlay over IPv6 has 20 bytes less; with IPv4 and another subnet only the VTEPs and what lives on them are made anew", async () => {
  project.program(overlay(two, { underlay: 6 }));
  await project.up();
  const large = (bytes: number) => tryOnHost(name, "host1", `ip netns exec ns245 ping -c 1 -W 2 -M do -s ${bytes - 28} 172.246.0.2`);
  expect((await large(1430)).text).toContain("1 received");
  expect((await large(1431)).text).toContain("too long");

  project.program(overlay(["172.248.0.0/24", "172.246.0.0/24"]));
  expect(changes(await project.preview()).filter((c) => /replace (Veth|Network|Bridge)/.test(c))).toEqual([]);
  await project.up();
  await ping(name, 245, "172.246.0.2");
  await ping(name, 246, "172.248.0.2");
  expect((await large(1450)).text).toContain("1 received");
  expect(await onHost(name, "host1", "ip -br -4 addr show br245; ip -n ns245 -br -4 addr show eth0")).not.toContain("172.245.");
});

test("a user who is not root gets there by sudo", async () => {
  project.program(`new linuxnet.NetworkNamespace("n", { host: new linuxnet.Host("h", { ...lab.hosts(1)[0], user: lab.plainUser, sudo: true }), name: "by-sudo" });`);
  await project.up();
  expect(await onHost(name, "host1", "ip netns list")).toContain("by-sudo");
});

test("what was found is adopted only when asked for, changed in place, and given back", async () => {
  await onHost(name, "host1", "ip link add brx type bridge && ip link set brx mtu 1400 address 02:00:00:00:00:77");
  const program = (mtu: number, adopt: boolean) => `${host} new linuxnet.Bridge("b", { host, name: "brx", mtu: ${mtu}, adopt: ${adopt} });`;
  project.program(program(1300, false));
  const refused = await project.run("up", "--yes", "--skip-preview");
  expect(refused.rc).not.toBe(0);
  expect(refused.text).toContain("host1: Bridge brx is there already, and linuxnet did not make it: set `adopt: true` to take it over");
  project.program(program(1300, true));
  expect((await project.up()).text).toContain("host1: adopted Bridge brx, up false → true, mtu 1400 → 1300");
  const index = await onHost(name, "host1", "cat /sys/class/net/brx/ifindex");
  project.program(program(1280, true));
  expect(changes(await project.preview())).toEqual(["update Bridge b"]);
  await project.up();
  expect(await onHost(name, "host1", "cat /sys/class/net/brx/mtu /sys/class/net/brx/ifindex")).toBe(`1280\n${index}`);
  expect(await onHost(name, "host1", "cat /sys/class/net/brx/address")).toBe("02:00:00:00:00:77");
  await project.destroy();
  expect(await onHost(name, "host1", "ip -br link show brx; cat /sys/class/net/brx/mtu /sys/class/net/brx/address")).toMatch(/DOWN[^]*\n1400\n02:00:00:00:00:77$/);
  await onHost(name, "host1", "ip link del brx");
});

test("Pulumi killed in the middle of an up: nothing goes on running, and the next up takes up what it finds", async () => {
  project.program(overlay(two));
  const { process } = await project.start("up", "--yes", "--skip-preview");
  // Dead as soon as the first object is there; what the state does not know of stays on the hosts.
  while ((await tryOnHost(name, "host1", "ls /run/linuxnet/* && (ip link show vtep245 || ip link show br245 || ip netns list | grep ns245)")).rc !== 0);
  const { providers, others } = children(process.pid!);
  expect(providers).toHaveLength(1);
  process.kill("SIGKILL");
  await process;
  // The provider ends by itself; the engine's language host is not ours and would stay.
  while (providers.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
  others.filter(runs).forEach((pid) => globalThis.process.kill(pid));
  // The shell of its session on the host ends, too.
  while ((await tryOnHost(name, "host1", "ps -eo args | grep -qx sh")).rc === 0);
  await project.run("cancel", "--yes");
  await project.up("--refresh");
  await ping(name, 245, "172.246.0.2");
});
