import { execa } from "execa";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { info } from "../../lab/index.js";
import { useLab } from "./lab.js";
import { Project } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-doctor";
const lab = useLab(name, 1, { own: "a clock of its own" });
const host = (line: string) => onHost(name, "host1", line);
const cli = resolve(__dirname, "../../dist/cli/linuxnet.js");

async function doctor(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa("node", [cli, "doctor", "--ssh-config", info(name)!.sshConfig, ...args], { reject: false });
  return { rc: exitCode, stdout, stderr };
}

/** What was found, by what was looked at: the level, and the words. */
async function found(...args: string[]) {
  const { rc, stdout } = await doctor("--json", ...args);
  const [first] = (JSON.parse(stdout) as { hosts: { findings: { subject: string; level: string; found: string }[] }[] }).hosts;
  return { rc, of: Object.fromEntries(first!.findings.map((f) => [f.subject, `${f.level}: ${f.found}`])) };
}

test("a host is well, and is left exactly as it was", async () => {
  const { rc, of } = await found("host1");
  expect(rc).toBe(0);
  expect(of).toMatchObject({ login: "ok: is root", uplink: "ok: eth0, 192.168.32.245/24 fd00:32::245/64, MTU 1500", managers: "ok: none", forwarding: "ok: no chain drops by its policy", rp_filter: "ok: off", clock: "ok: right" });
  expect(of.sshd).toMatch(/^ok: MaxStartups \d+:\d+:\d+, MaxSessions \d+$/);
  await lab.unchanged();
});

test("what may fail is a warning, and what cannot work an exit status of 1", async () => {
  await host("iptables-legacy -P FORWARD DROP; sysctl -qw net.ipv4.conf.all.rp_filter=1; date -s '-5 minutes' >/dev/null");
  const { rc, of } = await found("host1");
  expect(rc).toBe(0);
  expect(of.forwarding).toBe("warning: what no rule accepts is dropped, by FORWARD of iptables");
  expect(of.rp_filter).toMatch(/^warning: strict on eth0/);
  expect(of.clock).toMatch(/^warning: is (2[5-9]\d|30\d) s behind/);
  await host("iptables-legacy -P FORWARD ACCEPT; sysctl -qw net.ipv4.conf.all.rp_filter=0; date -s '+5 minutes' >/dev/null");

  const plain = await doctor("--user", "net", "host1");
  expect(plain.rc).toBe(1);
  expect(plain.stdout).toMatch(/^host1: linuxnet cannot work here\n  FAULT    login +the login is user id 1000, not root\n +→ Log in as root/);
  expect((await found("--user", "net", "--sudo", "host1")).of.login).toBe("ok: is root");

  await host("head -c 500M /dev/zero >/run/fill 2>/dev/null || :");
  const full = await found("host1");
  expect(full).toMatchObject({ rc: 1, of: { "/run": "fault: there is no room in /run for the register: 0 KiB left" } });
  const project = new Project({ program: 'new linuxnet.Host("h", lab.hosts(1)[0]);', env: { LINUXNET_LAB: name } });
  const preview = await project.run("preview");
  expect(preview.rc).not.toBe(0);
  expect(preview.text).toContain("host1: there is no room in /run for the register: 0 KiB left. Find out what fills it");
  project.remove();
  await host("rm /run/fill");
});

test("hosts come from a stack's configuration too, and one that is away does not hide the others", async () => {
  const project = new Project({ program: "" });
  try {
    for (const [i, ssh] of ["host1", "nosuch"].entries()) await project.must("config set --path", `hosts[${i}].ssh`, ssh);
    const { exitCode, stdout } = await execa("node", [cli, "doctor", "--ssh-config", info(name)!.sshConfig, "--stack", "test"], { cwd: project.folder, env: await project.environment(), reject: false });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^host1: linuxnet can work here[^]*\nnosuch: linuxnet cannot work here\n  FAULT    login +cannot log in: /);
  } finally {
    project.remove();
  }
});

test("what is wrong with the command line is said by the name of the option", async () => {
  expect(await doctor()).toMatchObject({ rc: 1, stderr: expect.stringContaining("Name the hosts, or give --stack") });
  expect(await doctor("--port", "70000", "--", "-oProxyCommand=x")).toMatchObject({ rc: 1, stderr: expect.stringMatching(/^ssh is what one gives to `ssh`.*\nport /) });
});
