import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askOwners } from "../../provider/host/owner.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "linuxnet-owner-"));
  file("proc/self/ns/net", "");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What the question prints on a host that has these files. */
function asked(): string[] {
  const script = askOwners.replaceAll(/\/(sys\/class|run|proc)\//g, `${root}/$1/`);
  const { stdout, stderr, status } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  expect([stderr, status]).toEqual(["", 0]);
  return stdout.split("\n").filter(Boolean);
}

const process = (pid: number, name: string, ...args: string[]) => {
  file(`proc/${pid}/comm`, `${name}\n`);
  file(`proc/${pid}/cmdline`, [name, ...args, ""].join("\0"));
  mkdirSync(join(root, `proc/${pid}/ns`));
  symlinkSync(join(root, "proc/self/ns/net"), join(root, `proc/${pid}/ns/net`));
};

test("each link is told with the program that took it on", () => {
  for (const [i, link] of ["eth0", "eth1", "eth2", "eth3"].entries()) file(`sys/class/net/${link}/ifindex`, `${i + 2}\n`);
  file("run/systemd/netif/links/2", "# This is private data. Do not parse.\nADMIN_STATE=configured\nOPER_STATE=routable\nNETWORK_FILE=/etc/systemd/network/a.network\n");
  file("run/systemd/netif/links/3", "ADMIN_STATE=unmanaged\nOPER_STATE=routable\nNETWORK_FILE=/etc/systemd/network/b.network\n");
  file("run/systemd/netif/links/4", "ADMIN_STATE=unmanaged\nOPER_STATE=routable\n");
  file("run/NetworkManager/devices/4", "[device]\nmanaged=true\nconnection-uuid=x\n");
  file("run/NetworkManager/devices/5", "[device]\nmanaged=false\n");
  process(77, "dhclient", "-4", "-pf", "/run/dhclient.eth0.pid", "eth3");
  process(78, "dhcpcd", "-b");
  process(79, "sshd");
  expect(asked().sort()).toEqual(["NetworkManager eth2", "dhclient eth3", "dhcpcd *", "systemd-networkd eth0"]);
});

test("nothing is told on a host without any of them", () => {
  file("sys/class/net/eth0/ifindex", "2\n");
  expect(asked()).toEqual([]);
});

test("a client in a container's namespace is none of the host's", () => {
  file("sys/class/net/eth0/ifindex", "2\n");
  process(80, "dhclient", "eth0");
  rmSync(join(root, "proc/80/ns/net"));
  file("proc/80/ns/net", "");
  expect(asked()).toEqual([]);
});
