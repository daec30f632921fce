import { spawnSync } from "node:child_process";

/** A module that makes links of its own, in the machine's network too, when it is loaded: that is not for a trial to do. */
const loaded = (module: string, line: string) => `[ -e /sys/module/${module} ] || { echo "the module ${module} is not loaded" >&2; exit 1; }; ${line}`;

const link = (type: string, options = "") => `ip link add t0 ${options} type ${type}`;
const onLink = (type: string) => `ip link add l0 type veth peer name l1 && ip link add link l0 name t0 type ${type}`;
const tables = (command: string) => `for t in filter nat mangle raw; do ${command} -t $t -N t && ip6${command.slice(2)} -t $t -N t || exit; done`;

/** What a test may need of a host's kernel, each as a command line that succeeds in a network namespace of a kernel that has it. */
const trials = {
  veth: link("veth peer name t1"),
  bridge: link("bridge"),
  vxlan: link("vxlan id 1 dstport 4789"),
  geneve: link("geneve id 1 remote 192.0.2.1"),
  vrf: link("vrf table 10"),
  wireguard: link("wireguard"),
  macvlan: onLink("macvlan"),
  macvtap: onLink("macvtap"),
  ipvlan: onLink("ipvlan"),
  vlan: onLink("vlan id 5"),
  dummy: loaded("dummy", link("dummy")),
  ipip: loaded("ipip", link("ipip local 127.0.0.1")),
  sit: loaded("sit", link("sit local 127.0.0.1")),
  gre: loaded("ip_gre", link("gre local 127.0.0.1")),
  ip6tnl: loaded("ip6_tunnel", link("ip6tnl local ::1")),
  ip6gre: loaded("ip6_gre", link("ip6gre local ::1")),
  "iptables-legacy": tables("iptables-legacy"),
  "iptables-nft": tables("iptables-nft"),
  nft: "nft add table inet t",
  conntrack: "conntrack -L",
  // Also the settings that say whether it is asked are the namespace's own.
  br_netfilter: "[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]",
} as const;

/** What a kernel may have or lack. */
export type Ability = keyof typeof trials;

/** What the last line of a failed command's stderr says; undefined where it succeeded. */
function failure(argv: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(argv[0]!, argv.slice(1), { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  return status === 0 ? undefined : (error?.message ?? (stderr.trim().split("\n").at(-1) || `exit status ${status}`));
}

/** Which of these the machine's kernel lacks, and why it says so. Each is tried in a network namespace that ends with the trial. */
export function lacks(abilities: readonly Ability[]): Partial<Record<Ability, string>> {
  const said = abilities.map((ability) => [ability, failure(["unshare", "--net", "--mount", "sh", "-c", trials[ability]])] as const);
  return Object.fromEntries(said.filter(([, why]) => why !== undefined));
}

/** The parts of a host that shares the kernel, put together and gone again. */
const HOST = `mount -t proc proc /proc && mount -t tmpfs memory /mnt && mkdir /mnt/upper /mnt/work /mnt/root && mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work host /mnt/root && ip link add b0 type bridge && ip link add t0 type veth peer name t1 && ip link set t0 master b0`;

/** What the kernel says to a host that shares it; undefined where it can have one. */
export const refused = (): string | undefined => failure(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "sh", "-c", HOST]);
