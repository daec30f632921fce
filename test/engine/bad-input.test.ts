import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execa } from "execa";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot, kill } from "../../lab/index.js";
import { useLab } from "./lab.js";
import { Project } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-bad";
const host = 'const host = new linuxnet.Host("h", lab.hosts(1)[0]);';
const lab = useLab(name, 1, { kernel: ["vxlan"] });
let keys: string;

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), "linuxnet-key-"));
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(keys, "key")]);
});
afterAll(() => rmSync(keys, { recursive: true, force: true }));

/** Runs a program that must fail, and says what was printed; nothing may be left on the host. */
async function failing(program: string, command = "preview", at = { name, lab }): Promise<string> {
  const project = new Project({ program, env: { LINUXNET_LAB: at.name } });
  try {
    const done = await project.run(command, ...(command === "up" ? ["--yes", "--skip-preview", "--continue-on-error"] : []));
    expect(done.rc).not.toBe(0);
    await at.lab.unchanged();
    return done.text;
  } finally {
    project.remove();
  }
}

test("the preview tells all problems of a bad program at once, each with its resource and property", async () => {
  const said = await failing(`${host}
    new linuxnet.Bridge("a", { host, name: "a-name-that-is-too-long", mtu: 20 });
    new linuxnet.Address("b", { host, dev: "lo", address: "172.245.0.0/33" });
    new linuxnet.Route("c", { host, dst: "172.245.0.1/24", dev: "lo" });
    new linuxnet.NetworkNamespace("d", { host, nam: "x" });
    new linuxnet.LinkState("e", { dev: "lo" });`);
  for (const problem of [
    'Bridge a: name: "a-name-that-is-too-long" has 23 bytes; a link\'s name has 1 to 15',
    "Bridge a: mtu: 20 is not an MTU: 68 to 65535 bytes",
    'Address b: address: "172.245.0.0/33" is not an address with a prefix length',
    'Route c: dst: "172.245.0.1/24" has host bits set; the prefix is 172.245.0.0/24',
    "NetworkNamespace d: name: is missing",
    "NetworkNamespace d: nam: there is no such property",
    "LinkState e: host: is missing",
  ]) expect(said).toContain(problem);
  expect(said).not.toMatch(/^\s+at /m);
});

test("the preview tells what is wrong with components, of those that cannot be built the first", async () => {
  const said = await failing(`${host}
    new linuxnet.UplinkNetwork("a", { host, gateway: "10.244.1.1/24", namespaces: [{ name: "1", address: "10.9.0.2/24" }, { name: "2", address: ["10.244.1.1/24"] }] });
    new linuxnet.PortForward("b", { host, port: 80, to: ["10.244.1.2/24", "10.244.1.3/24"], dev: "br0", address: "fd00::1" });
    new linuxnet.LogPoints("c", { host, points: ["filter"] });`);
  for (const problem of [
    "UplinkNetwork a: namespaces[0].address: 10.9.0.2/24 is in no network of the gateway, which has 10.244.1.1/24",
    "UplinkNetwork a: namespaces[1].address: 10.244.1.1 is also that of the bridge",
    "PortForward b: to: more than one address of one family",
    "PortForward b: address: fd00::1 is of IPv6, and `to` has no address of that family",
  ]) expect(said).toContain(problem);
});

test("a value that only the host's facts complete is checked in the preview too", async () => {
  expect(await failing(`${host} new linuxnet.Bridge("a", { host, name: "br9", mtu: host.mtu.apply((m) => m - 1490) });`)).toContain("property mtu value {10} has a problem: 10 is not an MTU: 68 to 65535 bytes");
});

test("two resources for one object are an error that names both", async () => {
  const said = await failing(`${host}
    const ns = new linuxnet.NetworkNamespace("n", { host, name: "n" });
    new linuxnet.LinkState("one", { host, netns: ns.name, dev: "lo", up: true });
    new linuxnet.LinkState("two", { host, netns: "n", dev: "lo", up: false });`);
  expect(said).toMatch(/LinkState (one|two): is the same object as LinkState (one|two): host1 link-state n lo/);
});

test("an unreachable host is a warning with unknown values in a preview, and an error in an update", async () => {
  await kill(name, 1);
  const project = new Project({ program: `${host} new linuxnet.Bridge("b", { host, name: "br9", mtu: host.mtu });`, env: { LINUXNET_LAB: name } });
  const preview = await project.must("preview", "--diff");
  expect(preview.text).toMatch(/warning: host1: cannot log in: /);
  expect(preview.text).toMatch(/mtu\s*: \[unknown\]/);
  const up = await project.run("up", "--yes", "--skip-preview");
  expect(up.rc).not.toBe(0);
  expect(up.text).toMatch(/property ssh value \{host1\} has a problem: host1: cannot log in: .*See that the host is up/);
  project.remove();
  await boot(name, 1);
});

test("a wrong key and an unknown host key are refused with what to do", async () => {
  const wrongKey = `new linuxnet.Host("h", { ...lab.hosts(1)[0], identityFile: ${JSON.stringify(join(keys, "key"))} });`;
  // The lab's own configuration names its key, so a person's wrong one needs a configuration of its own.
  expect(await failing(wrongKey.replace("...lab.hosts(1)[0]", "ssh: 'host1', sshConfig: lab.info(process.env.LINUXNET_LAB).dir + '/nokey'"), "up")).toMatch(/host1: cannot log in: /);
  expect(await failing(`new linuxnet.Host("h", { ...lab.hosts(1)[0], knownHosts: "/dev/null" });`, "up")).toMatch(/Host key verification failed.*log in once by hand/s);
});

test("what the kernel refuses names the host, the object, the command and what to do, and leaves nothing", async () => {
  const said = await failing(`${host}
    new linuxnet.Address("a", { host, dev: "nosuch", address: "10.9.9.1/24" });
    new linuxnet.Vxlan("v", { host, name: "vx9", vni: 9, dev: "eth0", mtu: 1500 });`, "up");
  expect(said).toMatch(/host1: cannot make Address nosuch 10\.9\.9\.1\/24: Cannot find device "nosuch" \(command: ip addr add/);
  expect(said).toContain("host1: Vxlan vx9 came out differently: mtu: wanted 1500, the kernel has 1450");
});

describe("on a kernel that may lack its modules", () => {
  const name = "t-bad-own";
  const lab = useLab(name, 1, { own: "modules that are taken away" });

  test("a host without the module says so before anything is touched", async () => {
    await onHost(name, "host1", "mv /lib/modules /lib/modules.away");
    const said = await failing(`${host} new linuxnet.Vxlan("v", { host, name: "vx9", vni: 9 });`, "preview", { name, lab }).finally(() => onHost(name, "host1", "mv /lib/modules.away /lib/modules"));
    expect(said).toMatch(/property host .* has a problem: the kernel .* of host1 has no vxlan links: load or install the module/);
  });
});
