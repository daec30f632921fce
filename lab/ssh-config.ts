import { underlay, type HostPlan, type LabPlan } from "./plan.js";

/** The ssh_config of a lab: complete by itself, so nothing of the person's own configuration or agent plays a part. */
export function sshConfig(lab: LabPlan, hosts: readonly HostPlan[]): string {
  const aliases = hosts.map((h) => `Host ${h.name}\n  HostName ${h.address}\n`);
  return `${aliases.join("")}Host *
  User root
  IdentityFile ${lab.identity}
  IdentitiesOnly yes
  IdentityAgent none
  PreferredAuthentications publickey
  UserKnownHostsFile ${lab.knownHosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  CanonicalizeHostname no
  ConnectTimeout 10
  LogLevel ERROR
  ProxyCommand ip netns exec ${lab.netns} nc.openbsd -N %h %p
`;
}

/** The known_hosts of a lab: each host's public key under its name and both its addresses. */
export function knownHosts(hosts: readonly HostPlan[], publicKey: (host: HostPlan) => string): string {
  return hosts.map((h) => `${h.name},${h.address},${h.address6} ${publicKey(h)}\n`).join("");
}

/** The `ip -batch` lines that make the lab's network: a bridge with the gateway's addresses. */
export function networkBatch(): string {
  const { bridge, gateway, gateway6, prefix, prefix6, mtu } = underlay;
  return `link set lo up
link add ${bridge} mtu ${mtu} type bridge stp_state 0 forward_delay 0 mcast_snooping 0
address add ${gateway}/${prefix} dev ${bridge}
address add ${gateway6}/${prefix6} dev ${bridge} nodad
link set ${bridge} up
`;
}
