import type { HostPlan, LabPlan } from "./plan.js";
import type { Machine } from "./preflight.js";

/** Where the scripts find what they need on the machine. */
export interface BootFolders {
  /** The host's process 1. */
  init: string;
  /** The files of the host that differ from the machine's. */
  layer: string;
  /** An empty folder, in which only the host mounts something. */
  memory: string;
  /** A file that is a disk of the host's, where what it writes is to outlive a power cut. */
  disk?: string;
}

/**
 * What is particular to one sort of host. All else is the same for every sort: names, addresses, keys, files, the steps of a boot, the
 * power switch. Each text is lines of a shell script, and ends in a newline unless it is empty.
 */
export interface Sort {
  /** What it is, to a person. */
  says: string;
  /** Debian packages that only these hosts need, each with a command that tells that it is there. */
  packages: Readonly<Record<string, string>>;
  /** Where its kernel's modules are, where that is not /usr/lib/modules. */
  modules?: string;
  /** Why this machine cannot have such hosts, as one sentence with the way out; undefined where it can. */
  obstacle(machine: Machine): string | undefined;
  /** `ip -batch` lines that give a new host its port on the lab's bridge, where that is not made anew at each boot. */
  port(host: HostPlan): string;
  /** `ip -batch` lines that part a host from the lab's bridge before it is ended, where its kernel would still say goodbye to its peers. */
  unplug(host: HostPlan): string;
  /** In the launch: the command that is the host, and what comes before it. */
  become(host: HostPlan, at: BootFolders): string;
  /** In the init, while all but /proc and /mnt is still the machine's: what makes the kernel ready for the mounts, and `eth0`. */
  first(host: HostPlan, lab: LabPlan, from: BootFolders): string;
  /** In the init: mounts the disk at /mnt/disk. */
  mountDisk(path: string): string;
  /** The line of the init's fstab that has the folder `layer` at /mnt/files, where it is not there yet. */
  layer(folder: string): string;
  /** Lines of the init's fstab: sysfs, and what is in /dev and /proc, below /mnt/root. */
  mounts: string;
  /** In the init, when all is mounted below /mnt/root. */
  mounted: string;
  /** In the init, in its own root: the kernel made as a machine's own kernel is when it has booted. */
  settings: string;
}
