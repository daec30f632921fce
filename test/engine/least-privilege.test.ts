import { execa } from "execa";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { info, plainUser } from "../../lab/index.js";
import { quote } from "../../provider/host/shell.js";
import { useLab } from "./lab.js";
import { ping } from "./overlay.js";
import { changes, Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-least";
const hosts = ["host1", "host2"];
const kinds = "NetworkNamespace,VethPair,Bridge,BridgePort,Address,Route,Routes,Sysctl,Vxlan,Neighbours,FdbEntries";
const lab = useLab(name, 2, { kernel: ["vxlan"] });

const cli = (...args: string[]) => execa("node", [resolve(__dirname, "../../dist/cli/linuxnet.js"), "doctor", ...args], { reject: false });
const doctor = () => cli("--ssh-config", info(name)!.sshConfig, "--user", plainUser, "--sudo-commands", "host1");

/** Has the user nothing but what sudoers files say, and these what is given. */
async function give(file: string): Promise<void> {
  const script = `sed -i '/^${plainUser} /d' /etc/sudoers && { grep -q '^@includedir' /etc/sudoers || echo '@includedir /etc/sudoers.d' >>/etc/sudoers; } && umask 227 && printf %s ${quote(file)} >/etc/sudoers.d/${plainUser} && visudo -c`;
  await Promise.all(hosts.map((host) => onHost(name, host, script)));
}

/** What the user does by sudo. */
const asUser = (line: string) => tryOnHost(name, "host1", `runuser -u ${plainUser} -- sh -c 'cd /tmp && ${line}'`);

test("the vxlan example is made by a user who may run as root only what the generated sudoers file names", async () => {
  const { stdout: file } = await cli("--sudoers", plainUser, "--kinds", kinds);
  await give("");
  expect((await doctor()).stdout).toMatch(/FAULT +login +user id 1000 may not run linuxnet's commands by sudo/);
  await give(`${file}\n`);
  expect(await doctor()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ok +login +is user id 1000, with sudo for commands/) });

  const project = new Project({ folder: "examples/vxlan-overlay", env: { LINUXNET_LAB: "none-of-that-name" } });
  const configure = (more: string) => project.must("config set-all", "--path", ...[0, 1].flatMap((i) => [`ssh=host${i + 1}`, `sshConfig=${info(name)!.sshConfig}`, `user=${plainUser}`, "sudo=commands", more].filter(Boolean).flatMap((v) => ["--plaintext", `hosts[${i}].${v}`])));
  try {
    await configure("");
    const refused = await project.run("preview");
    expect(refused.rc).not.toBe(0);
    expect(refused.text).toMatch(/property guard .*ip_forward decides what the host takes and forwards, and a host with `sudo: "commands"` cannot take a change back: set `guard: false`/);
    await lab.unchanged();

    await configure("guard=false");
    await project.up();
    await ping(name, 245, "172.246.0.2");
    await ping(name, 246, "172.245.0.2");
    expect(await onHost(name, "host1", "ls -l /run/linuxnet | grep -c ' root root '")).toBe(await onHost(name, "host1", "ls /run/linuxnet | wc -l"));
    expect(changes(await project.preview())).toEqual([]);

    // Nothing else is to be had.
    const traps = "mkdir -p -m 755 -- \"/tmp/dd of=\" && printf \"#!/bin/sh\\nid >/tmp/had\\n\" >/tmp/ip && chmod 755 /tmp/ip";
    for (const line of ["sh -c id", "id", "ip netns exec ns245 id", "ip -n ns245 netns exec ns245 id", "ip -batch /tmp/f", "ip link set dev eth0 xdp obj f", "ip netns del ..", "dd of=/etc/passwd bs=64k status=none", "dd of=/proc/sys/net/../kernel/core_pattern bs=64k status=none", "rm -rf /run/linuxnet/x", "-E ip link set dev eth0 up", "--chdir=/var ip link set dev br245 up", "PATH=/tmp ip link set dev br245 up", "LD_PRELOAD=/tmp/x ip link set dev br245 up", "/tmp/ip link set dev br245 up", "-u net2 id", "-i", "-s"]) {
      const { rc, text } = await asUser(`${traps} && sudo -n ${line} </dev/null`);
      expect(rc, `${line}: ${text}`).not.toBe(0);
      expect(text, line).toMatch(/a password is required|not allowed|no tty|must be|unknown user|not permitted/);
    }
    expect(await asUser("PATH=/tmp sudo -n ip link set dev br245 up")).toMatchObject({ text: expect.not.stringContaining("had") });
    expect((await asUser("PATH=/tmp:$PATH sudo -n ip link set dev br245 up")).rc).toBe(0);
    expect(await tryOnHost(name, "host1", "ls /tmp/had")).not.toMatchObject({ rc: 0 });
    await onHost(name, "host1", "rm -r /tmp/ip '/tmp/dd of='");
  } finally {
    await project.destroy();
    project.remove();
  }
  await lab.unchanged();
});
