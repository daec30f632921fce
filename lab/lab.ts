import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alive, locked } from "./lock.js";
import { ensurePackages } from "./packages.js";
import { hostPlan, hostPlans, labPlan, labsDir, maxHosts, type HostPlan, type LabPlan } from "./plan.js";
import { answers, hostFiles, hostPid, hostProcesses, kernelOf, powerOff, powerOn } from "./power.js";
import { needsRoot, thisMachine } from "./preflight.js";
import { inNetns, killAll, netnsInode } from "./processes.js";
import { attempt, run } from "./run.js";
import type { Sort } from "./sort.js";
import { sorts, type Kernel } from "./sorts.js";
import { knownHosts, networkBatch, sshConfig } from "./ssh-config.js";

/** A host of a lab that is up. */
export interface LabHost {
  /** `host1`, `host2`, …: what to give to `ssh -F`. */
  name: string;
  address: string;
  address6: string;
  mac: string;
  /** Whose kernel it runs on: its own (a User-Mode Linux guest), or the machine's (namespaces). */
  kernel: Kernel;
  /** Its first process on the machine; undefined while its power is cut. */
  pid: number | undefined;
}

/** A lab that is up. */
export interface LabInfo {
  name: string;
  /** Its folder: keys, ssh_config, consoles. */
  dir: string;
  /** For `ssh -F`: complete by itself. */
  sshConfig: string;
  /** Its network namespace, for `ip netns exec`. */
  netns: string;
  hosts: LabHost[];
}

export interface UpOptions {
  /** Which lab; `lab` by default. Labs of different names are side by side and know nothing of each other. */
  name?: string;
  /** How many hosts, 1 to 8; 2 by default. Hosts above that number are left as they are. */
  hosts?: number;
  /** Whose kernel the hosts that this makes run on: "own" (User-Mode Linux guests) or "shared" (namespaces of the machine's own kernel: quicker by far, with what that kernel has). Default: as host 1 of the lab, and "own" for that. */
  kernel?: Kernel;
  /** Give the hosts that this makes a disk each: what they write outlives a power cut, and goes with `down`. By default it is in memory. */
  disks?: boolean;
  /** Told in a few words what is being done. */
  onProgress?: (text: string) => void;
}

/** Says that a lab's network is whole: made last, in the lab's folder. */
const networkMade = (lab: LabPlan) => join(lab.dir, "network");

const isUp = (lab: LabPlan) => existsSync(networkMade(lab)) && netnsInode(lab.netns) !== undefined;

/** The hosts that a lab was given, running or not. */
const given = (lab: LabPlan) => hostPlans(lab.name, maxHosts).filter((h) => existsSync(hostFiles(lab, h).made));

/** What is known of the lab `name`; undefined when it is not up. Looks only. */
export function info(name = "lab"): LabInfo | undefined {
  const lab = labPlan(name);
  if (!isUp(lab)) return undefined;
  const plans = given(lab);
  const running = hostProcesses(plans);
  const hosts = plans.map((h) => ({ name: h.name, address: h.address, address6: h.address6, mac: h.mac, kernel: kernelOf(lab, h), pid: hostPid(h, running) }));
  return { name, dir: lab.dir, sshConfig: lab.sshConfig, netns: lab.netns, hosts };
}

/**
 * The hosts of a lab as a program's `Host` takes them, with one's power cut too. Looks only.
 * @param n how many: the first n; all by default
 * @param name which lab; `LINUXNET_LAB` or `lab` by default
 * @throws when that lab is not up, or has fewer hosts
 */
export function hosts(n?: number, name = process.env.LINUXNET_LAB ?? "lab"): { ssh: string; sshConfig: string }[] {
  const lab = labPlan(name);
  const there = isUp(lab) ? given(lab) : [];
  if (there.length < (n ?? 1)) {
    const command = `npm run lab -- up${n && n > 2 ? ` ${n}` : ""}${name === "lab" ? "" : ` --name ${name}`}`;
    throw new Error(`${there.length === 0 ? `The lab "${name}" is not up` : `The lab "${name}" has ${there.length} hosts, not ${n}`}: run \`${command}\``);
  }
  return there.slice(0, n).map((h) => ({ ssh: h.name, sshConfig: lab.sshConfig }));
}

/** Writes a file so that a reader sees the old one or the new one, whole. */
function replaceFile(path: string, text: string, mode = 0o644): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

const keygen = (path: string, comment: string) => run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);

const batch = (lab: LabPlan, lines: string) => run(["ip", "-n", lab.netns, "-batch", "-"], { input: lines });

/** The lab's namespace, its bridge, and the key that opens its hosts. */
async function makeNetwork(lab: LabPlan): Promise<void> {
  mkdirSync(lab.dir, { recursive: true });
  const network = run(["ip", "netns", "add", lab.netns]).then(() => batch(lab, networkBatch()));
  await Promise.all([network, keygen(lab.identity, `linuxnet ${lab.name}`)]);
  writeFileSync(networkMade(lab), "");
}

/** Bytes that a host's disk holds; of the machine's it takes what is written. */
const DISK_SIZE = "64M";

/** A host's port and key, and its disk. What an interrupted attempt left of them gives way. */
async function makeHost(lab: LabPlan, host: HostPlan, kernel: Kernel, disk: boolean): Promise<void> {
  const sort: Sort = sorts[kernel];
  const files = hostFiles(lab, host);
  rmSync(files.dir, { recursive: true, force: true });
  mkdirSync(files.dir);
  await attempt(["ip", "-n", lab.netns, "link", "delete", host.port]);
  await Promise.all([batch(lab, sort.port(host)), keygen(files.hostKey, host.name), disk && run(["mke2fs", "-q", "-t", "ext4", files.disk, DISK_SIZE])]);
  writeFileSync(files.made, kernel);
}

/** What ssh has to know of the lab's hosts. */
function writeSshFiles(lab: LabPlan): void {
  const plans = given(lab);
  const publicKey = (h: HostPlan) => readFileSync(`${hostFiles(lab, h).hostKey}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
  replaceFile(lab.knownHosts, knownHosts(plans, publicKey));
  replaceFile(lab.sshConfig, sshConfig(lab, plans));
}

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function bootAll(lab: LabPlan, plans: readonly HostPlan[], say: (text: string) => void): Promise<void> {
  if (plans.length === 0) return;
  say(`booting ${plans.map((h) => h.name).join(", ")}`);
  const since = Date.now();
  await powerOff(lab, plans); // an orphan of a host that died would hold its port
  for (const host of plans) powerOn(lab, host);
  const answer = async (host: HostPlan) => {
    await answers(lab, host);
    say(`${host.name} answers after ${seconds(since)}`);
  };
  const failed = (await Promise.allSettled(plans.map(answer))).find((r) => r.status === "rejected");
  if (failed) throw failed.reason;
}

/** Takes away all that a lab may have left, whole or half made: processes, namespace with its links, files. */
async function wipe(lab: LabPlan): Promise<void> {
  const plans = hostPlans(lab.name, maxHosts);
  const ns = netnsInode(lab.netns);
  const everything = () => [...hostProcesses(plans), ...(ns ? inNetns(ns) : [])];
  await killAll(everything);
  if (existsSync(`/run/netns/${lab.netns}`)) await run(["ip", "netns", "delete", lab.netns]);
  await killAll(everything); // one that was just entering
  rmSync(lab.dir, { recursive: true, force: true });
}

/** Files that processes which died left while they took the lab's lock. */
function sweepLocks(lab: LabPlan): void {
  const prefix = `${lab.name}.lock.`;
  for (const file of existsSync(labsDir) ? readdirSync(labsDir) : []) {
    if (file.startsWith(prefix) && !alive(file.slice(file.lastIndexOf(".") + 1).replace(/^of-/, ""))) rmSync(join(labsDir, file), { force: true });
  }
}

function needMachine(kernel: Kernel): void {
  const reason = sorts[kernel].obstacle(thisMachine());
  if (reason) throw new Error(reason);
}

/**
 * Brings a lab up: makes what is missing of it, boots each of its hosts that is off, and resolves when all greet on ssh.
 * Idempotent; what a killed attempt left half made gives way.
 * @throws with one sentence when this machine cannot have a lab, and with the console's end when a host does not boot
 */
export async function up({ name = "lab", hosts: count = 2, kernel: asked, disks = false, onProgress: say = () => {} }: UpOptions = {}): Promise<LabInfo> {
  const lab = labPlan(name);
  const plans = hostPlans(name, hostPlan(name, count).number);
  const kernel = asked ?? (isUp(lab) && given(lab)[0] ? kernelOf(lab, given(lab)[0]!) : "own");
  needMachine(kernel);
  await ensurePackages(say, kernel);
  await locked(
    lab.lock,
    async () => {
      if (!isUp(lab)) {
        await wipe(lab);
        await makeNetwork(lab);
      }
      const fresh = plans.filter((h) => !existsSync(hostFiles(lab, h).made));
      const other = plans.find((h) => asked && !fresh.includes(h) && kernelOf(lab, h) !== asked);
      if (other) throw new Error(`${other.name} of the lab "${name}" runs on ${sorts[kernelOf(lab, other)].says}, and goes on so: take the lab down first`);
      const without = plans.find((h) => disks && !fresh.includes(h) && !existsSync(hostFiles(lab, h).disk));
      if (without) throw new Error(`${without.name} of the lab "${name}" was made without a disk, and gets none now: take the lab down first`);
      await Promise.all(fresh.map((h) => makeHost(lab, h, kernel, disks)));
      writeSshFiles(lab);
      const running = hostProcesses(plans);
      await bootAll(lab, plans.filter((h) => hostPid(h, running) === undefined), say);
    },
    { onWait: (pid) => say(`waiting for process ${pid}, which works on this lab`) },
  );
  return info(name)!;
}

/** Takes a lab away, also one that a crash left in any state: nothing of it stays. Answers whether there was one. Idempotent. */
export async function down(name = "lab"): Promise<boolean> {
  const lab = labPlan(name);
  const reason = needsRoot(process.geteuid?.());
  if (reason) throw new Error(reason);
  const there = existsSync(lab.dir) || existsSync(`/run/netns/${lab.netns}`) || hostProcesses(hostPlans(name, maxHosts)).length > 0;
  await locked(lab.lock, () => wipe(lab));
  sweepLocks(lab);
  try {
    rmdirSync(labsDir);
  } catch {
    // other labs are there
  }
  return there;
}

/** Cuts the power of host `k`: its processes are killed and all that it had in memory is lost. Answers whether it was on. */
export async function kill(name: string, k: number): Promise<boolean> {
  const { lab, host } = one(name, k);
  return locked(lab.lock, () => powerOff(lab, [host]));
}

/** Boots host `k` again, with the same keys; resolves when it greets on ssh. One that runs is left running. */
export async function boot(name: string, k: number, say: (text: string) => void = () => {}): Promise<void> {
  const { lab, host } = one(name, k);
  await locked(lab.lock, () => bootAll(lab, hostPid(host) === undefined ? [host] : [], say));
}

/** Host `k` of a lab that is up. */
function one(name: string, k: number): { lab: LabPlan; host: HostPlan } {
  const lab = labPlan(name);
  const host = hostPlan(name, k);
  if (hosts(undefined, name).every((h) => h.ssh !== host.name)) throw new Error(`The lab "${name}" has no ${host.name}: run \`npm run lab -- up ${k}\``);
  return { lab, host };
}
