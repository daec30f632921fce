import { onHost } from "./snapshot.js";

/** Sets what the hosts of a lab do with forwarded packets that no rule speaks of, by the iptables that their kernel takes; Docker leaves it at DROP. */
export async function forwarding(lab: string, hosts: string[], policy: "ACCEPT" | "DROP"): Promise<void> {
  const line = `by=nft; iptables-nft -S FORWARD >/dev/null 2>&1 && iptables-nft -P FORWARD ${policy} 2>/dev/null || by=legacy; for c in iptables ip6tables; do $c-$by -P FORWARD ${policy} || exit; done`;
  await Promise.all(hosts.map((host) => onHost(lab, host, line)));
}
