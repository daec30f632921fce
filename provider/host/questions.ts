import type { Argv } from "../kind.js";
import { tools } from "../registry.js";
import { ofRegister } from "../sudo/rights.js";
import { askGround } from "./ground.js";
import { askManagers } from "./managers.js";
import { askOwners } from "./owner.js";
import type { Session } from "./session.js";

/** Each kind of link with the least that `ip link add` asks for it. */
const kindsAsked = ["bridge", "veth", "vxlan id 1 dstport 0", "ipip", "sit", "ip6tnl", "gre", "gretap", "ip6gre", "ip6gretap", "geneve id 1 remote 127.0.0.1", "wireguard", "vlan id 1", "macvlan", "macvtap", "ipvlan", "dummy", "vrf table 1", "bond"];

/** Who is not root gets a namespace of network in one of users, where the host lets them. */
const APART = 'apart=-n; [ "$(id -u)" = 0 ] || apart=-rn';

// What modules offer is in the kernel's own index of aliases; a kind that is not there is tried in a namespace that nobody sees.
// It is known where the trial succeeds, and where the kernel finds fault with something else than the kind.
const askKinds = `${APART}
read -r k </proc/sys/kernel/osrelease; d=/lib/modules/$k
known=" $(echo $(grep -aohE "rtnl-link-[a-z0-9_]+" "$d/modules.alias" "$d/modules.builtin.modinfo" 2>/dev/null)) "
[ $apart = -n ] || unshare $apart true 2>/dev/null || known=all
for ask in ${kindsAsked.map((k) => `"${k}"`).join(" ")}; do k=\${ask%% *}
case $known in *" rtnl-link-$k "* | all) echo "$k"; continue ;; esac
said=$(unshare $apart ip link add name linuxnet0 link lo type $ask 2>&1) && { echo "$k"; continue; }
case $said in *"Unknown device type"*|*"Operation not supported"*|*"not permitted"*) ;; *"RTNETLINK answers: "*|"Error: "*) echo "$k" ;; esac
done`;

// A kernel may lack what a command needs, and an empty list of rules does not show it: each is tried in a namespace that nobody sees.
const askFirewalls = `(${APART}
flavour=
case $(iptables --version 2>/dev/null) in *nf_tables*) flavour="nft legacy" ;; iptables*) flavour="legacy nft" ;; esac
try() { command -v unshare >/dev/null || return 0; unshare $apart "$@" >/dev/null 2>&1; }
[ -z "$flavour" ] || command -v iptables-\${flavour%% *} >/dev/null || { try iptables -w 5 -N linuxnet && echo iptables; }
for f in $flavour; do command -v iptables-$f >/dev/null && try iptables-$f -w 5 -N linuxnet && echo iptables-$f; done
command -v nft >/dev/null && try sh -c "nft add table ip linuxnet && nft -j list tables" && echo nft; :)`;

/** A script for the session's own shell: what it reads itself costs no process. */
export const script = (text: string): Argv => ["eval", text];

/** What every host is asked when it is met. */
export const questions = {
  uid: ["id", "-u"],
  /** Why sudo would not run what every claim needs; nothing where it would, or is not asked. */
  sudo: script(`[ "$(id -u)" = 0 ] || { said=$(sudo -n -l ${ofRegister[0]!.tool} ${ofRegister[0]!.args} 2>&1) || echo "\${said:-it is not among them}"; }`),
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
  ground: script(`(${askGround})`),
  space: script("df -Pk /run 2>/dev/null || :"),
  boot: script("read -r b </proc/sys/kernel/random/boot_id; echo $b"),
} satisfies Record<string, Argv>;

export type Question = keyof typeof questions;

/** What a host answered: its text, without the blanks around it. */
export interface Answer {
  rc: number;
  text: string;
  stderr: string;
}

export type Answers<Q extends string> = Record<Q, Answer>;

/** Asks a host several questions in one round trip. */
export async function ask<Q extends string>(session: Session, asked: Record<Q, Argv>): Promise<Answers<Q>> {
  const answers = Object.entries<Argv>(asked).map(async ([key, command]) => {
    const { rc, stdout, stderr } = await session.run([command]);
    return [key, { rc, text: stdout.toString().trim(), stderr: stderr.trim() }] as const;
  });
  return Object.fromEntries(await Promise.all(answers)) as Answers<Q>;
}
