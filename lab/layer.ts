import { underlay, type HostPlan } from "./plan.js";

/** A file of a host that differs from the machine's. Owned by root; readable by all unless `mode` says otherwise. */
export interface LayerFile {
  text: string;
  mode?: number;
  /** User and group id of the owner. */
  owner?: number;
  /** Group id, where it is not the owner's. */
  group?: number;
}

/** What a host's files are made from. */
export interface LayerSources {
  /** The machine's own `/etc/passwd`, `/etc/group` and `/etc/shadow`: the host has the same programs, so the same system users. */
  passwd: string;
  group: string;
  shadow: string;
  hostKey: string;
  hostKeyPublic: string;
  /** Public keys that open root's and the plain user's account. */
  authorizedKeys: string;
}

/** The user beside root: logs in with the same key, and `sudo -n` asks for no password. */
export const plainUser = "net";
export const plainId = 1000;

/** One key exchange, the quick one: a guest computes slowly, and the default costs it 100 ms more a connection. */
const sshdConfig = `KexAlgorithms curve25519-sha256
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
PidFile /run/sshd.pid
`;

const sudoers = `Defaults env_reset, use_pty, secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
${plainUser} ALL=(ALL:ALL) NOPASSWD: ALL
`;

/** A table of accounts without one name and one id, and with a line of our own. */
function withAccount(table: string, line: string): string {
  const [name, , id] = line.split(":");
  const others = table.split("\n").filter((l) => l && l.split(":")[0] !== name && !(id && l.split(":")[2] === id));
  return `${[...others, line].join("\n")}\n`;
}

/** The files of a host that differ from the machine's, by path from the root. */
export function layerFiles(host: HostPlan, peers: readonly HostPlan[], from: LayerSources): Record<string, LayerFile> {
  const shadowGroup = Number(from.group.split("\n").find((l) => l.startsWith("shadow:"))?.split(":")[2] ?? 0);
  const names = peers.flatMap((p) => [`${p.address} ${p.name}`, `${p.address6} ${p.name}`]);
  return {
    "etc/hostname": { text: `${host.name}\n` },
    "etc/hosts": { text: ["127.0.0.1 localhost", "::1 localhost", `${underlay.gateway} gateway`, ...names, ""].join("\n") },
    "etc/nsswitch.conf": { text: ["passwd", "group", "shadow", "hosts", "protocols", "services"].map((t) => `${t}: files\n`).join("") },
    "etc/resolv.conf": { text: "" },
    "etc/fstab": { text: "" },
    "etc/motd": { text: "" },
    "etc/passwd": { text: withAccount(from.passwd, `${plainUser}:x:${plainId}:${plainId}::/home/${plainUser}:/bin/bash`) },
    "etc/group": { text: withAccount(from.group, `${plainUser}:x:${plainId}:`) },
    "etc/shadow": { text: withAccount(from.shadow, `${plainUser}:*:20000::::::`), mode: 0o640, group: shadowGroup },
    "etc/sudoers": { text: sudoers, mode: 0o440 },
    "etc/pam.d/sudo": { text: ["auth", "account", "session"].map((t) => `${t} required pam_permit.so\n`).join("") },
    "etc/ssh/sshd_config": { text: sshdConfig },
    "etc/ssh/ssh_host_ed25519_key": { text: from.hostKey, mode: 0o600 },
    "etc/ssh/ssh_host_ed25519_key.pub": { text: from.hostKeyPublic },
    "homes/root/.ssh/authorized_keys": { text: from.authorizedKeys },
    [`homes/home/${plainUser}/.ssh/authorized_keys`]: { text: from.authorizedKeys, owner: plainId },
  };
}
