import { execa } from "execa";
import { info } from "../../lab/index.js";

/** One login a boot of a host serves all questions of a test; a login costs more than most of them. */
function login(lab: string, host: string): string[] {
  const { dir, sshConfig, hosts } = info(lab)!;
  const { pid } = hosts.find((h) => h.name === host)!;
  return ["-F", sshConfig, "-o", "ControlMaster=auto", "-o", `ControlPath=${dir}/login-${pid}`, "-o", "ControlPersist=20", host];
}

/** Runs a command line on a host of a lab, past Pulumi and the provider. */
export async function onHost(lab: string, host: string, line: string): Promise<string> {
  const { stdout } = await execa("ssh", [...login(lab, host), line]);
  return stdout;
}

/** Like onHost, but says how it ended too. */
export async function tryOnHost(lab: string, host: string, line: string): Promise<{ rc: number; text: string }> {
  const result = await execa("ssh", [...login(lab, host), line], { reject: false, all: true });
  return { rc: result.exitCode ?? -1, text: result.all ?? "" };
}

/** Settings that the kernel computes from its free memory at each boot. */
const bootTime = ["tcp_mem", "udp_mem", "tcp_rmem", "tcp_wmem", "inet_peer_threshold", "tcp_ehash_entries", "tcp_max_orphans", "tcp_max_tw_buckets"];

/** All rules of netfilter that commands list, without what they have counted. */
export const firewallBy = (commands: string[]) => `{ ${commands.map((c) => `${c} 2>/dev/null`).join("; ")}; } | sed -E 's/ \\[[0-9]+:[0-9]+\\]$//; /^#/d'`;

/** Those of a lab's host; nft lists those of iptables-nft, too, in the order in which the tables came. */
export const firewall = firewallBy(["iptables-legacy-save", "ip6tables-legacy-save", "nft list tables | sort | while read -r _ table; do nft -s list table $table; done"]);

/** Everything of a host's network that linuxnet can change, and its register. */
const questions = {
  links: "ip -d link | sed -E 's/^[0-9]+: //; s/@if[0-9]+:/:/'",
  addresses: "ip addr | sed -E 's/^[0-9]+: //; s/@if[0-9]+:/:/'",
  routes: "ip -4 route show table all; ip -6 route show table all",
  rules: "ip -4 rule; ip -6 rule",
  neighbours: "ip neigh show nud permanent",
  fdb: "bridge fdb show | sort",
  namespaces: "ip netns list",
  firewall,
  sysctls: `grep -r . /proc/sys/net 2>/dev/null | sort | grep -vE '${["route/flush", "nf_conntrack_count", "random", "uuid", "tcp_fastopen_key", "stable_secret", ...bootTime].join("|")}'`,
  register: "ls -A /run/linuxnet 2>/dev/null || true",
  leftovers: "ls -d /tmp/* /run/* /etc/*linuxnet* /etc/rc.local 2>/dev/null | grep -E 'linuxnet|rc.local' || true",
};

export type Snapshot = Record<keyof typeof questions, string>;

/** What a host is like now; two that are equal are a host that is exactly as it was. */
export async function snapshot(lab: string, host: string): Promise<Snapshot> {
  const script = Object.entries(questions).map(([key, line]) => `echo "@@@ ${key}"; ${line}`).join("; ");
  const parts = (await onHost(lab, host, script)).split(/^@@@ /m).slice(1);
  return Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1).trim()])) as Snapshot;
}

/** Snapshots of hosts, by name. */
export async function snapshots(lab: string, hosts: string[]): Promise<Record<string, Snapshot>> {
  return Object.fromEntries(await Promise.all(hosts.map(async (h) => [h, await snapshot(lab, h)] as const)));
}
