import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";
import { children, runs } from "./processes.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-ways";
const host = 'const host = new linuxnet.Host("h", lab.hosts(1)[0]);';
const current = useProject(name, useLab(name, 2, { kernel: ["vxlan"] }));

test("a user who is not root gets there by sudo", async () => {
  const project = current();
  project.program(`new linuxnet.NetworkNamespace("n", { host: new linuxnet.Host("h", { ...lab.hosts(1)[0], user: lab.plainUser, sudo: true }), name: "by-sudo" });`);
  await project.up();
  expect(await onHost(name, "host1", "ip netns list")).toContain("by-sudo");
});

test("what was found is adopted only when asked for, changed in place, and given back", async () => {
  const project = current();
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
  const project = current();
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
