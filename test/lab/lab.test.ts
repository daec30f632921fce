import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boot, capture, down, hosts, info, kill, plainUser, up, type Kernel, type LabInfo } from "../../lab/index.js";
import { thisMachine } from "../../lab/preflight.js";
import { sorts } from "../../lab/sorts.js";

const exec = promisify(execFile);
const impossible = (kernel: Kernel) => sorts[kernel].obstacle(thisMachine());

/** What root of a host tries on the machine's files and settings; it must come to the end, and leave nothing. */
const attacks: Record<Kernel, string> = {
  own: "mount -t hostfs -o / none /mnt/m && ! touch /mnt/m/linuxnet-test /mnt/m/run/linuxnet-test /mnt/m/dev/shm/linuxnet-test 2>/dev/null && ! echo 1 2>/dev/null >/mnt/m/proc/sys/net/ipv4/ip_forward",
  shared: `! sysctl -qw kernel.panic=77 2>/dev/null && ! mknod /dev/disk b 8 0 2>/dev/null && ! date -s '-1 hour' >/dev/null 2>&1 && ! dmesg --clear 2>/dev/null && [ -z "$(find /dev -type b)" ] && echo x >/run/linuxnet-test && echo x >/dev/shm/linuxnet-test && echo x >/linuxnet-test && sysctl -qw net.ipv4.ip_forward=1`,
};
const cli = resolve(__dirname, "../../dist/lab/cli.js");
const patient = { timeout: 60_000 };

/** What the machine itself has: links, addresses, routes, rules. */
async function machine(): Promise<unknown[]> {
  const ask = async (...args: string[]) => JSON.parse((await exec("ip", ["-j", ...args])).stdout || "[]");
  const address = (await ask("address")).map(({ addr_info, ...link }: any) => ({ ...link, addr_info: addr_info?.map(({ valid_life_time, preferred_life_time, ...a }: any) => a) }));
  return [address, await ask("route", "show", "table", "all"), await ask("-6", "route", "show", "table", "all"), await ask("rule")];
}

/** The command line of every process of the machine. */
function everyCommand(): string[] {
  return readdirSync("/proc").filter((p) => /^\d+$/.test(p)).map((p) => {
    try {
      return readFileSync(`/proc/${p}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  });
}

/** Those that name the lab. */
function processesOf(name: string): string[] {
  return everyCommand().filter((l) => l.includes(`umid=linuxnet-${name}-host`) || l.includes(`netns exec linuxnet-${name} `));
}

function expectNothing(name: string): void {
  expect(processesOf(name)).toEqual([]);
  expect(existsSync(`/run/netns/linuxnet-${name}`)).toBe(false);
  const left = existsSync("/run/linuxnet-lab") ? readdirSync("/run/linuxnet-lab") : [];
  expect(left.filter((f) => f === name || f.startsWith(`${name}.lock`))).toEqual([]);
  expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(`linuxnet-${name}`);
}

const ssh = async (lab: LabInfo, host: string, command: string) => (await exec("ssh", ["-F", lab.sshConfig, host, command])).stdout.trim();
const bootId = (lab: LabInfo, host: string) => ssh(lab, host, "cat /proc/sys/kernel/random/boot_id");

describe.each(["own", "shared"] as const)("a lab of two hosts on a kernel that is %s", patient, (kernel) => {
  const why = impossible(kernel);
  if (why) return test.skip(why);
  const name = `t-two-${kernel}`;
  let lab: LabInfo;
  let before: unknown[];
  let took: number;
  beforeAll(async () => {
    await down(name);
    before = await machine();
    const began = Date.now();
    lab = await up({ name, kernel });
    took = Date.now() - began;
  }, 90_000);
  afterAll(() => down(name));

  test("its hosts answer on ssh, each with a boot and a name of its own", async () => {
    console.log(`two hosts were up after ${took} ms`);
    const [a, b] = await Promise.all(["host1", "host2"].map((h) => ssh(lab, h, "hostname; cat /proc/sys/kernel/random/boot_id; ip -br address show eth0")));
    expect(a).toMatch(/^host1\n[0-9a-f-]{36}\neth0\S* +\S+ +192\.168\.32\.245\/24 fd00:32::245\/64/);
    expect(b).toMatch(/^host2\n[0-9a-f-]{36}\neth0\S* +\S+ +192\.168\.32\.246\/24 fd00:32::246\/64/);
    expect(a!.split("\n")[1]).not.toBe(b!.split("\n")[1]);
  });

  test("the machine's own links, addresses, routes and rules are what they were", async () => {
    expect(await machine()).toEqual(before);
  });

  test("the hosts and the gateway reach each other over IPv4 and IPv6", async () => {
    await ssh(lab, "host1", "ping -c1 -W2 192.168.32.246 && ping -c1 -W2 fd00:32::246 && ping -c1 -W2 192.168.32.1 && ping -c1 -W2 fd00:32::1");
  });

  test.skipIf(kernel === "shared")("kernel modules load by themselves", async () => {
    const links = ["vxlan id 9 dev eth0 dstport 8472", "ipip local 192.168.32.245", "veth peer name peer0"];
    const each = links.map((link, i) => `ip link add t${i} type ${link} && ip link delete t${i}`);
    const netns = "ip netns add one && ip -n one link set lo up && ip netns exec one ip address && ip netns delete one";
    await ssh(lab, "host1", [...each, netns].join(" && "));
  });

  test("a user who is not root logs in with the same key, and sudo asks for no password", async () => {
    const answer = await ssh(lab, `${plainUser}@host2`, "id -un; echo ~; sudo -n id -u; sudo -n sysctl -n net.ipv4.ip_forward; echo text | sudo -n cat");
    expect(answer.split("\n")).toEqual([plainUser, `/home/${plainUser}`, "0", "0", "text"]);
  });

  test("a host may write wherever it likes, and nothing of it reaches the machine", async () => {
    const forwarding = () => readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8");
    const was = forwarding();
    await ssh(lab, "host1", `echo x >/etc/linuxnet-test && mkdir -p /mnt/m && ${attacks[kernel]}`);
    expect(forwarding()).toBe(was);
    for (const at of ["/etc", "/", "/run", "/dev/shm"]) expect(existsSync(join(at, "linuxnet-test"))).toBe(false);
  });

  test("an ssh client that is killed leaves no proxy behind", async () => {
    const client = spawn("ssh", ["-F", lab.sshConfig, "host2", "echo ready; sleep 60"], { stdio: ["pipe", "pipe", "ignore"] });
    await new Promise((r) => client.stdout.once("data", r));
    const proxies = () => processesOf(name).filter((l) => l.includes(" nc.openbsd ")).length + readdirSync("/proc").filter((p) => parentOf(p) === client.pid).length;
    client.kill("SIGKILL");
    await expect.poll(proxies, { timeout: 10_000, interval: 50 }).toBe(0);
  });

  test("a packet between hosts is captured, decoded", async () => {
    const packets = await capture({ name, at: "host2", filter: "icmp" });
    await ssh(lab, "host1", "ping -c2 -i 0.2 192.168.32.246");
    const lines = await packets.stop();
    expect(lines.filter((l) => l.includes("192.168.32.245 > 192.168.32.246: ICMP echo request"))).toHaveLength(2);
    await expect(capture({ name, filter: "no such filter" })).rejects.toThrow(/tcpdump/);
  });

  test("a power cut takes a host away at once, and it boots again with its key and another boot id", async () => {
    const id = await bootId(lab, "host2");
    await ssh(lab, "host2", "echo lost >/root/file; setsid -f unshare --net --pid --mount --fork sleep 7654321 >/dev/null 2>&1 </dev/null; ip netns add gone");
    expect(await kill(name, 2)).toBe(true);
    expect(info(name)!.hosts.map((h) => h.pid !== undefined)).toEqual([true, false]);
    expect(everyCommand().filter((line) => line.includes("sleep 7654321"))).toEqual([]);
    expect(await kill(name, 2)).toBe(false);
    await boot(name, 2);
    expect(await ssh(lab, "host2", "ls /root")).toBe("");
    expect(await bootId(lab, "host2")).not.toBe(id);
    const again = await up({ name });
    expect(again.hosts.map((h) => h.kernel)).toEqual([kernel, kernel]);
    const other = kernel === "own" ? "shared" : "own";
    await expect(up({ name, kernel: other })).rejects.toThrow(`host1 of the lab "${name}" runs on ${sorts[kernel].says}`);
  });

  test("programs are given its hosts", () => {
    expect(hosts(2, name)).toEqual([1, 2].map((k) => ({ ssh: `host${k}`, sshConfig: `/run/linuxnet-lab/${name}/ssh_config` })));
    expect(hosts(1, name)).toHaveLength(1);
    expect(() => hosts(3, name)).toThrow(/has 2 hosts, not 3: run `npm run lab -- up 3 --name t-two-/);
    expect(() => hosts(2, "t-none")).toThrow(/is not up: run `npm run lab -- up --name t-none`/);
  });

  test("the command line shows it and passes a command's exit status on", async () => {
    const status = await exec(process.execPath, [cli, "status", "--name", name]);
    expect(status.stdout).toMatch(/^host +state +kernel +address/);
    expect(status.stdout).toMatch(new RegExp(`^host1 +on +${kernel} +192\\.168\\.32\\.245 +fd00:32::245 +\\d+ +ssh -F /run/linuxnet-lab/${name}/ssh_config host1$`, "m"));
    await expect(exec(process.execPath, [cli, "ssh", "--name", name, "1", "sh", "-c", "'exit 7'"])).rejects.toMatchObject({ code: 7 });
  });

  test("another lab lives beside it, and goes without a trace", async () => {
    const side = `t-side-${kernel}`;
    const other = await up({ name: side, hosts: 1, kernel });
    expect(await bootId(other, "host1")).not.toBe(await bootId(lab, "host1"));
    await down(side);
    expectNothing(side);
    expect(await ssh(lab, "host1", "hostname")).toBe("host1");
  });

  test("down leaves nothing, and once more does nothing", async () => {
    expect(await down(name)).toBe(true);
    expectNothing(name);
    expect(await down(name)).toBe(false);
    expect(info(name)).toBeUndefined();
    expect(await machine()).toEqual(before);
  });
});

describe.each(["own", "shared"] as const)("hosts with disks, on a kernel that is %s", patient, (kernel) => {
  const why = impossible(kernel);
  if (why) return test.skip(why);
  const name = `t-disks-${kernel}`;
  afterAll(() => down(name));

  test("keep through a power cut what they wrote to disk, run an rc.local of their own, and leave nothing after down", async () => {
    const before = await machine();
    const lab = await up({ name, hosts: 1, kernel, disks: true });
    await ssh(lab, "host1", "mkdir /etc/kept && echo disk >/etc/kept/file && echo home >/root/file && echo memory >/run/file && printf '#!/bin/sh\\necho $$ >/run/rc\\n' >/etc/rc.local && chmod 755 /etc/rc.local && sync");
    await kill(name, 1);
    await boot(name, 1);
    expect(await ssh(lab, "host1", "cat /etc/kept/file /root/file; ls /run/file 2>&1 | grep -c 'No such'")).toBe("disk\nhome\n1");
    await expect.poll(() => ssh(lab, "host1", "cat /run/rc 2>/dev/null || true")).toMatch(/^\d+$/);
    await up({ name, hosts: 2 });
    await expect(up({ name, hosts: 2, disks: true })).rejects.toThrow(`host2 of the lab "${name}" was made without a disk`);
    await down(name);
    expectNothing(name);
    expect(await machine()).toEqual(before);
  });
});

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

describe.skipIf(impossible("own"))("after a crash", patient, () => {
  afterAll(() => down("t-crash"));

  /** Starts `up` and kills it, hard, as soon as `when` holds. */
  async function killedUp(when: (said: string) => boolean): Promise<void> {
    const child = spawn(process.execPath, [cli, "up", "2", "--name", "t-crash"], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (d) => (said += d));
    const ended = new Promise((r) => child.on("close", r));
    await expect.poll(() => when(said), { timeout: 20_000, interval: 2 }).toBe(true);
    child.kill("SIGKILL");
    await ended;
  }

  test("an up that was killed while it made the network leaves nothing after down", async () => {
    await killedUp(() => existsSync("/run/linuxnet-lab/t-crash"));
    await down("t-crash");
    expectNothing("t-crash");
  });

  test("an up that was killed while the hosts booted is finished by the next one", async () => {
    await killedUp((said) => said.includes("booting"));
    const lab = await up({ name: "t-crash", hosts: 1 });
    expect(await ssh(lab, "host1", "hostname")).toBe("host1");
    await down("t-crash");
    expectNothing("t-crash");
  });

  test("files that a reboot of the machine left are no lab, and give way", async () => {
    mkdirSync("/run/netns", { recursive: true });
    writeFileSync("/run/netns/linuxnet-t-crash", "");
    for (const dir of ["", "host1"]) mkdirSync(join("/run/linuxnet-lab/t-crash", dir), { recursive: true });
    for (const file of ["network", "ssh_config", "host1/made"]) writeFileSync(join("/run/linuxnet-lab/t-crash", file), "");
    expect(info("t-crash")).toBeUndefined();
    expect(() => hosts(1, "t-crash")).toThrow(/is not up/);
    const lab = await up({ name: "t-crash", hosts: 1 });
    expect(await ssh(lab, "host1", "hostname")).toBe("host1");
    process.kill(lab.hosts[0]!.pid!, "SIGKILL"); // its children outlive it
    await expect.poll(() => info("t-crash")!.hosts[0]!.pid).toBeUndefined();
    expect(processesOf("t-crash")).not.toEqual([]);
    await down("t-crash");
    expectNothing("t-crash");
  });
});
