import { spawn } from "node:child_process";
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { initScript, launchScript, ready } from "./boot-scripts.js";
import { layerFiles, plainId, plainUser } from "./layer.js";
import { hostPlans, maxHosts, type HostPlan, type LabPlan } from "./plan.js";
import { byArgv, killAll, type Process } from "./processes.js";
import { attempt } from "./run.js";
import type { Sort } from "./sort.js";
import { sorts, type Kernel } from "./sorts.js";

/** A host's folder in its lab's folder, and what lies in it. */
export function hostFiles(lab: LabPlan, host: HostPlan) {
  const dir = join(lab.dir, host.name);
  return {
    dir,
    /** Made last, so it says that the host is whole; in it, whose kernel it runs on. */
    made: join(dir, "made"),
    hostKey: join(dir, "host_key"),
    /** The host's process 1. */
    init: join(dir, "init"),
    /** Becomes the host. */
    launch: join(dir, "launch"),
    /** The files of the host that differ from the machine's. */
    layer: join(dir, "files"),
    /** Where a guest's memory is mounted, in its own mount namespace only. */
    memory: join(dir, "memory"),
    /** The host's disk, where it has one: a file of zeros but for what was written. */
    disk: join(dir, "disk"),
    /** What the host printed since it was last booted. */
    console: join(dir, "console.log"),
  };
}

/** Whose kernel a host runs on. */
export const kernelOf = (lab: LabPlan, host: HostPlan) => (readFileSync(hostFiles(lab, host).made, "utf8").trim() || "own") as Kernel;

/** The processes that are hosts: every one carries the umid of its host, and no other process does. What else runs on a host ends with them. */
export function hostProcesses(hosts: readonly HostPlan[]): Process[] {
  const umids = new Set(hosts.map((h) => `umid=${h.umid}`));
  return byArgv((argv) => argv.some((a) => umids.has(a)));
}

/** The process of a host that the others belong to; undefined when its power is cut. */
export function hostPid(host: HostPlan, all = hostProcesses([host])): number | undefined {
  return all.find((p) => p.pid === p.session && p.argv.includes(`umid=${host.umid}`))?.pid;
}

/** Cuts the power of hosts: every process of them is killed. Answers whether there was any. */
export async function powerOff(lab: LabPlan, hosts: readonly HostPlan[]): Promise<boolean> {
  const cables = hosts.map((host) => sorts[kernelOf(lab, host)].unplug(host)).join("");
  await attempt(["ip", "-n", lab.netns, "-force", "-batch", "-"], { input: cables });
  return (await killAll(() => hostProcesses(hosts))) > 0;
}

/** Writes what a host boots from, anew at every boot; its host key stays. */
function writeBootFiles(lab: LabPlan, host: HostPlan): void {
  const files = hostFiles(lab, host);
  const read = (path: string) => readFileSync(path, "utf8");
  const layer = layerFiles(host, hostPlans(lab.name, maxHosts), {
    passwd: read("/etc/passwd"),
    group: read("/etc/group"),
    shadow: read("/etc/shadow"),
    hostKey: read(files.hostKey),
    hostKeyPublic: read(`${files.hostKey}.pub`),
    authorizedKeys: read(`${lab.identity}.pub`),
  });
  rmSync(files.layer, { recursive: true, force: true });
  for (const [path, file] of Object.entries(layer)) {
    const at = join(files.layer, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, file.text);
    chmodSync(at, file.mode ?? 0o644);
    chownSync(at, file.owner ?? 0, file.group ?? file.owner ?? 0);
  }
  const home = join(files.layer, "homes/home", plainUser);
  for (const path of [home, join(home, ".ssh")]) chownSync(path, plainId, plainId);
  chmodSync(join(files.layer, "homes/root"), 0o700);
  const sort: Sort = sorts[kernelOf(lab, host)];
  if (sort.modules) {
    mkdirSync(join(files.layer, "usr/lib"), { recursive: true });
    symlinkSync(sort.modules, join(files.layer, "usr/lib/modules"));
  }
  mkdirSync(files.memory, { recursive: true });
  const from = { ...files, disk: existsSync(files.disk) ? files.disk : undefined };
  writeFileSync(files.launch, launchScript(sort, host, from));
  writeFileSync(files.init, initScript(sort, lab, host, from), { mode: 0o755 });
}

/** Starts a host; it outlives this process and holds nothing of it. */
export function powerOn(lab: LabPlan, host: HostPlan): void {
  const files = hostFiles(lab, host);
  writeBootFiles(lab, host);
  writeFileSync(files.console, "");
  const log = openSync(files.console, "a");
  const argv = ["netns", "exec", lab.netns, "bash", files.launch, `umid=${host.umid}`]; // the umid marks it from its first moment on
  spawn("ip", argv, { detached: true, cwd: "/", stdio: ["ignore", log, log] }).unref();
  closeSync(log);
}

/** The end of a console, a kernel's stack trace left out. */
const lastLines = (text: string) => text.split("\nStack:")[0]!.trim().split("\n").slice(-8).join("\n");

/** Resolves when the host's sshd greets. Throws when the host ends first, or after `limit` milliseconds. */
export async function answers(lab: LabPlan, host: HostPlan, limit = 60_000): Promise<void> {
  const { console } = hostFiles(lab, host);
  const deadline = Date.now() + limit;
  const said = () => readFileSync(console, "utf8");
  const inNetns = ["ip", "netns", "exec", lab.netns];
  let seen = Date.now();
  for (let booted = false; ; await sleep(25)) {
    booted ||= said().includes(ready); // a console is cheaper to watch than a port
    if (booted) {
      const greeting = await attempt([...inNetns, "nc.openbsd", "-N", "-w", "2", host.address, "22"], { input: "linuxnet\r\n" });
      if (greeting.stdout.startsWith("SSH-2.0-")) return;
    }
    if (hostPid(host) !== undefined) seen = Date.now();
    if (Date.now() - seen > 500) throw new Error(`${host.name} ended while it booted; its console (${console}) says:\n${lastLines(said())}`);
    if (Date.now() > deadline) throw new Error(`${host.name} did not answer in ${limit / 1000} s; its console (${console}) says:\n${lastLines(said())}`);
  }
}
