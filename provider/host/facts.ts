import { HostError } from "../errors.js";
import { rows } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { askManagers, readContenders, readManagers, type Contender, type Manager } from "./managers.js";
import { askOwners, readOwner } from "./owner.js";
import { tools } from "../registry.js";
import type { Session } from "./session.js";

/** What a host is: found once, when Pulumi first meets it, and known to the very first preview. */
export interface Facts {
  /** Release of the kernel, as `uname -r` prints it. */
  kernel: string;
  /** Version of iproute2, as `ip -V` prints it. */
  iproute2: string;
  /** The link that carries the default route, or where there is none the one that the SSH connection came in by. Where the program puts it into an UplinkBridge: the port, before and after. */
  uplink: string;
  /** A program that manages the uplink and would take back what it did not do itself: `systemd-networkd`, `NetworkManager`, or a DHCP client by its name. */
  uplinkManager?: string;
  /** MTU of the uplink, in bytes. */
  mtu: number;
  /** MAC address of the uplink. */
  mac?: string;
  /** First global IPv4 address of the uplink. */
  address?: string;
  /** Length of that address's prefix. */
  prefix?: number;
  /** IPv4 default gateway. */
  gateway?: string;
  /** Oldest global IPv6 address of the uplink that is there to stay. */
  address6?: string;
  /** Length of that address's prefix. */
  prefix6?: number;
  /** IPv6 default gateway. */
  gateway6?: string;
  /** The kinds of link, in iproute2's words, that the kernel has or can load. */
  linkKinds: string[];
  /** What `iptables` is there: `nf_tables`, `legacy`, or `none`. */
  iptables: "nf_tables" | "legacy" | "none";
  /** The commands that netfilter can be told by, because the kernel was seen to take what they say: `iptables-nft`, `iptables-legacy` (where there is only one, `iptables`), `nft`. The flavour of `iptables` itself comes first, so that all rules of the host are in one place. */
  firewalls: string[];
  /** The network managers that run there, each with what its configuration tells it to leave alone. */
  managers: Manager[];
}

/** What a meeting finds, and what is no part of what the host is: its current boot, and what to warn of. */
export interface Met extends Facts {
  bootId: string;
  contenders: Contender[];
  /** Of the commands that some kinds need, those that are there. */
  tools: string[];
}

/** Each kind of link with the least that `ip link add` asks for it. */
const kindsAsked = ["bridge", "veth", "vxlan id 1 dstport 0", "ipip", "sit", "ip6tnl", "gre", "gretap", "ip6gre", "ip6gretap", "geneve id 1 remote 127.0.0.1", "wireguard", "vlan id 1", "macvlan", "macvtap", "ipvlan", "dummy", "vrf table 1", "bond"];

// What modules offer is in the kernel's own index of aliases; a kind that is not there is tried in a namespace that nobody sees.
// It is known where the trial succeeds, and where the kernel finds fault with something else than the kind.
const askKinds = `read -r k </proc/sys/kernel/osrelease; d=/lib/modules/$k
known=" $(echo $(grep -aohE "rtnl-link-[a-z0-9_]+" "$d/modules.alias" "$d/modules.builtin.modinfo" 2>/dev/null)) "
for ask in ${kindsAsked.map((k) => `"${k}"`).join(" ")}; do k=\${ask%% *}
case $known in *" rtnl-link-$k "*) echo "$k"; continue ;; esac
said=$(unshare -n ip link add name linuxnet0 link lo type $ask 2>&1) && { echo "$k"; continue; }
case $said in *"Unknown device type"*|*"Operation not supported"*|*"not permitted"*) ;; *"RTNETLINK answers: "*|"Error: "*) echo "$k" ;; esac
done`;

// A kernel may lack what a command needs, and an empty list of rules does not show it: each is tried in a namespace that nobody sees.
const askFirewalls = `(flavour=
case $(iptables --version 2>/dev/null) in *nf_tables*) flavour="nft legacy" ;; iptables*) flavour="legacy nft" ;; esac
try() { command -v unshare >/dev/null || return 0; unshare -n "$@" >/dev/null 2>&1; }
[ -z "$flavour" ] || command -v iptables-\${flavour%% *} >/dev/null || { try iptables -w 5 -N linuxnet && echo iptables; }
for f in $flavour; do command -v iptables-$f >/dev/null && try iptables-$f -w 5 -N linuxnet && echo iptables-$f; done
command -v nft >/dev/null && try sh -c "nft add table ip linuxnet && nft -j list tables" && echo nft; :)`;

/** A script for the session's own shell: what it reads itself costs no process. */
const script = (text: string): Argv => ["eval", text];

const questions = {
  uid: ["id", "-u"],
  kernel: script("read -r k </proc/sys/kernel/osrelease; echo $k"),
  iproute2: ["ip", "-V"],
  routes: ["ip", "-j", "-4", "route", "show", "default"],
  routes6: ["ip", "-j", "-6", "route", "show", "default"],
  links: ["ip", "-j", "addr", "show"],
  connection: script("echo $SSH_CONNECTION"),
  kinds: script(askKinds),
  iptables: script("iptables --version 2>/dev/null || echo none"),
  managers: script(askManagers),
  owners: script(askOwners),
  tools: script(`for tool in ${tools.join(" ")}; do command -v $tool >/dev/null && echo $tool; done; :`),
  firewalls: script(askFirewalls),
  boot: script("read -r b </proc/sys/kernel/random/boot_id; echo $b"),
} satisfies Record<string, Argv>;

type Answers = Record<keyof typeof questions, string>;

/** Asks a host, in one round trip, what it is; `bootId` names its current boot. With `orFound`, a named uplink that is gone is looked for anew; `bridge` is one that the program puts the uplink into. */
export async function meet(session: Session, uplink?: string, orFound = false, bridge?: string): Promise<Met> {
  const asked = Object.entries(questions).map(async ([key, command]) => {
    const ran = await session.run([command]);
    if (ran.rc !== 0) throw new HostError(session.host, `cannot find out what the host is (${key})`, { command, stderr: ran.stderr });
    return [key, ran.stdout.toString().trim()] as const;
  });
  const answers = Object.fromEntries(await Promise.all(asked)) as Answers;
  if (answers.uid !== "0") throw new HostError(session.host, `the login is user id ${answers.uid}, not root`, { hint: "Log in as root (`user: \"root\"`), or set `sudo: true` on the Host" });
  return { ...readFacts(answers, session.host, uplink, orFound, bridge), bootId: answers.boot, contenders: readContenders(answers.managers), tools: answers.tools.split(/\s+/).filter(Boolean) };
}

type Row = ReturnType<typeof rows>[number];

/** A route of several next hops as one for each. */
const hops = (route: Row): Row[] => ((route.nexthops as Row[] | undefined) ?? [{}]).map((hop) => ({ ...route, ...hop }));

/** Of IPv6 addresses the one that stays: the kernel lists the newest first, and makes some only for a while. */
function lasting(addresses: Row[]): Row | undefined {
  const usable = addresses.filter((a) => !["temporary", "deprecated", "tentative", "dadfailed"].some((passing) => a[passing]));
  return usable.filter((a) => !a.mngtmpaddr).at(-1) ?? usable.at(-1) ?? addresses.at(-1);
}

/** Reads the answers of a host, for the uplink named or found. */
export function readFacts(answers: Omit<Answers, "uid" | "boot">, host: string, uplink?: string, orFound = false, bridge?: string): Facts {
  const links = rows(answers.links);
  const [routes4, routes6] = [answers.routes, answers.routes6].map((r) => rows(r).flatMap(hops).sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))) as [Row[], Row[]];
  const reachedBy = answers.connection.split(" ")[2];
  const carrier = links.find((l) => l.addr_info.some((a: { local: string }) => a.local === reachedBy));
  const named = orFound && !links.some((l) => l.ifname === uplink) ? undefined : uplink;
  const name: string | undefined = named ?? routes4[0]?.dev ?? routes6[0]?.dev ?? carrier?.ifname;
  const link = links.find((l) => l.ifname === name);
  if (!link && named) throw new HostError(host, `there is no link ${named}: there are ${links.map((l) => l.ifname).join(", ")}`, {});
  if (!link) throw new HostError(host, "no uplink found: there is no default route, and no link has the address that SSH came in by", {});
  // A port has no addresses, its bridge has; an UplinkBridge has the MAC address of the uplink, too.
  const port = name === bridge ? links.find((l) => l.master === bridge && l.address === link.address) : undefined;
  const physical = port ?? link;
  const end = links.find((l) => l.ifname === link.master) ?? link;
  const [all4, all6] = ["inet", "inet6"].map((f) => (end.addr_info as Row[]).filter((a) => a.family === f && a.scope === "global")) as [Row[], Row[]];
  const [v4, v6] = [all4[0], lasting(all6)];
  const managers = readManagers(answers.managers);
  return {
    kernel: answers.kernel,
    iproute2: answers.iproute2.replace(/^ip utility, iproute2-/, "").split(",")[0]!,
    uplink: physical.ifname,
    uplinkManager: readOwner(answers.owners, physical.ifname, managers),
    mtu: end.mtu,
    mac: physical.address,
    address: v4?.local,
    prefix: v4?.prefixlen,
    gateway: routes4.find((r) => r.dev === end.ifname)?.gateway,
    address6: v6?.local,
    prefix6: v6?.prefixlen,
    gateway6: routes6.find((r) => r.dev === end.ifname)?.gateway,
    linkKinds: answers.kinds.split(/\s+/).filter(Boolean),
    // Before 1.8 it did not say so.
    iptables: answers.iptables.includes("nf_tables") ? "nf_tables" : /legacy|^iptables v/.test(answers.iptables) ? "legacy" : "none",
    firewalls: answers.firewalls.split(/\s+/).filter(Boolean),
    managers,
  };
}
