import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, type Ran } from "./run.js";
import { sorts, type Kernel } from "./sorts.js";

/** The Debian packages that every lab and its hosts need, each with a command that tells that it is there. */
const needs: Readonly<Record<string, string>> = {
  kmod: "modprobe",
  "openssh-server": "sshd",
  "openssh-client": "ssh-keygen",
  "netcat-openbsd": "nc.openbsd",
  iproute2: "bridge",
  tcpdump: "tcpdump",
  e2fsprogs: "mke2fs",
  sudo: "sudo",
  iptables: "iptables",
  nftables: "nft",
  conntrack: "conntrack",
  procps: "sysctl",
  "iputils-ping": "ping",
  mount: "mount",
  ethtool: "ethtool",
  systemd: "networkctl",
  dbus: "dbus-daemon",
  hostname: "hostname",
};

const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The packages that are missing for hosts of a sort; `has` tells whether a command is installed. */
export function missing(kernel: Kernel, has = (command: string) => folders.some((f) => existsSync(join(f, command)))): string[] {
  const all = { ...sorts[kernel].packages, ...needs };
  return Object.keys(all).filter((name) => !has(all[name]!));
}

/** The command that a person types to get packages. */
export const installLine = (packages: readonly string[]) => `apt-get install --no-install-recommends ${packages.join(" ")}`;

const quiet = { env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" }, timeout: 600_000 };
const apt = (...args: string[]) => attempt(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", ...args], quiet);

const policy = "/usr/sbin/policy-rc.d";
const policyText = "#!/bin/sh\n# Made by the linuxnet lab while it installs packages: no service starts. Safe to remove.\nexit 101\n";

/** Runs `work` while no package starts a service. A policy of the machine's own is left as it is. */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  if (existsSync(policy) && readFileSync(policy, "utf8") !== policyText) return work();
  writeFileSync(policy, policyText, { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

/**
 * Installs what is missing, as root on Debian and its kin, and starts no service by it. Throws with the line to type where it cannot.
 * @param say told once, before anything is installed
 * @param kernel whose kernel the hosts run on
 */
export async function ensurePackages(say: (text: string) => void, kernel: Kernel = "own"): Promise<void> {
  const packages = missing(kernel);
  if (packages.length === 0) return;
  if (!existsSync("/usr/bin/apt-get")) throw new Error(`The lab needs Debian or its kin; it misses these packages: ${packages.join(" ")}`);
  if (process.getuid?.() !== 0) throw new Error(`The lab misses Debian packages: as root, run \`${installLine(packages)}\``);
  say(`installing Debian packages: ${packages.join(" ")}`);
  const install = () => withoutServices(() => apt("install", "--yes", "--no-install-recommends", ...packages));
  let ran: Ran = await install();
  if (ran.code !== 0) {
    const updated = await apt("update"); // the lists may be missing or old
    ran = updated.code === 0 ? await install() : updated;
  }
  const still = missing(kernel);
  if (ran.code !== 0 || still.length > 0) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).split("\n").slice(-8).join("\n");
    throw new Error(`Debian packages could not be installed; try \`apt-get update && ${installLine(still)}\`. apt-get said:\n${said}`);
  }
  // The package also asks for a start at the next boot, which nobody asked for here.
  if (packages.includes("openssh-server")) await attempt(["systemctl", "disable", "--quiet", "ssh.service"]);
}
