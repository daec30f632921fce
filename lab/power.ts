import { spawn } from "node:child_process";
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guestFiles, plainId, plainUser } from "./guest-files.js";
import { guestInit, guestLaunch, ready } from "./guest-init.js";
import { hostPlans, maxHosts, type HostPlan, type LabPlan } from "./plan.js";
import { byArgv, killAll, type Process } from "./processes.js";
import { attempt } from "./run.js";

/** A host's folder in its lab's folder, and what lies in it. */
export function hostFiles(lab: LabPlan, host: HostPlan) {
  const dir = join(lab.dir, host.name);
  return {
    dir,
    /** Made last, so it says that the host is whole. */
    made: join(dir, "made"),
    hostKey: join(dir, "host_key"),
    /** The guest's process 1. */
    init: join(dir, "init"),
    /** Becomes the guest. */
    launch: join(dir, "launch"),
    /** The files of the guest that differ from the machine's. */
    layer: join(dir, "files"),
    /** Where the guest's memory is mounted, in the guest's own mount namespace only. */
    memory: join(dir, "memory"),
    /** The guest's disk, where it has one: a file of zeros but for what was written. */
    disk: join(dir, "disk"),
    /** What the guest printed since it was last booted. */
    console: join(dir, "console.log"),
  };
}

/** The processes of a guest: every one carries its umid, and no other process does. */
export function guestProcesses(hosts: readonly HostPlan[]): Process[] {
  const umids = new Set(hosts.map((h) => `umid=${h.umid}`));
  return byArgv((argv) => argv.some((a) => umids.has(a)));
}

/** The process of a guest that the others belong to; undefined when its power is cut. */
export function guestPid(host: HostPlan, all = guestProcesses([host])): number | undefined {
  return all.find((p) => p.pid === p.session && p.argv.includes(`umid=${host.umid}`))?.pid;
}

/** Cuts a guest's power: every process of it is killed. Answers whether there was any. */
export async function powerOff(hosts: readonly HostPlan[]): Promise<boolean> {
  return (await killAll(() => guestProcesses(hosts))) > 0;
}

/** Writes what a guest boots from, anew at every boot; its host key stays. */
function writeBootFiles(lab: LabPlan, host: HostPlan): void {
  const files = hostFiles(lab, host);
  const read = (path: string) => readFileSync(path, "utf8");
  const layer = guestFiles(host, hostPlans(lab.name, maxHosts), {
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
  mkdirSync(join(files.layer, "usr/lib"), { recursive: true });
  symlinkSync("/usr/lib/uml/modules", join(files.layer, "usr/lib/modules"));
  mkdirSync(files.memory, { recursive: true });
  const hasDisk = existsSync(files.disk);
  writeFileSync(files.launch, guestLaunch(host, { ...files, disk: hasDisk ? files.disk : undefined }));
  writeFileSync(files.init, guestInit(host, files.layer, hasDisk), { mode: 0o755 });
}

/** Starts a guest; it outlives this process and holds nothing of it. */
export function powerOn(lab: LabPlan, host: HostPlan): void {
  const files = hostFiles(lab, host);
  writeBootFiles(lab, host);
  const log = openSync(files.console, "w");
  const argv = ["netns", "exec", lab.netns, "bash", files.launch, `umid=${host.umid}`]; // the umid marks it from its first moment on
  spawn("ip", argv, { detached: true, cwd: "/", stdio: ["ignore", log, log] }).unref();
  closeSync(log);
}

/** The end of a console, a kernel's stack trace left out. */
const lastLines = (text: string) => text.split("\nStack:")[0]!.trim().split("\n").slice(-8).join("\n");

/** Resolves when the host's sshd greets. Throws when the guest ends first, or after `limit` milliseconds. */
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
    if (guestPid(host) !== undefined) seen = Date.now();
    if (Date.now() - seen > 500) throw new Error(`${host.name} ended while it booted; its console (${console}) says:\n${lastLines(said())}`);
    if (Date.now() > deadline) throw new Error(`${host.name} did not answer in ${limit / 1000} s; its console (${console}) says:\n${lastLines(said())}`);
  }
}
