import { join } from "node:path";

/** The most hosts that one lab has. */
export const maxHosts = 8;

/** Where every lab has its folder: gone after a reboot, like the hosts themselves. */
export const labsDir = "/run/linuxnet-lab";

/** One host of a lab as it is meant to be; the addresses are the articles' own. */
export interface HostPlan {
  /** `host1`, `host2`, …: the name that ssh knows. */
  name: string;
  number: number;
  address: string;
  address6: string;
  mac: string;
  /** Its port on the lab's bridge, in the lab's namespace. */
  port: string;
  /** What its processes carry on their command line, and nobody else's do. */
  umid: string;
}

/** Everything about a lab that follows from its name. */
export interface LabPlan {
  name: string;
  netns: string;
  dir: string;
  sshConfig: string;
  knownHosts: string;
  identity: string;
  lock: string;
}

/** The network that the hosts share, inside the lab's namespace. */
export const underlay = {
  bridge: "underlay",
  prefix: 24,
  prefix6: 64,
  gateway: "192.168.32.1",
  gateway6: "fd00:32::1",
  mtu: 1500,
} as const;

/** The lab that a name stands for. Throws when the name cannot be a file's and a namespace's. */
export function labPlan(name: string): LabPlan {
  if (!/^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$/.test(name)) {
    throw new Error(`A lab's name is 1 to 24 lower-case letters, digits and inner hyphens; "${name}" is not`);
  }
  const dir = join(labsDir, name);
  return {
    name,
    netns: `linuxnet-${name}`,
    dir,
    sshConfig: join(dir, "ssh_config"),
    knownHosts: join(dir, "known_hosts"),
    identity: join(dir, "id_ed25519"),
    lock: join(labsDir, `${name}.lock`),
  };
}

/** Host `number` (1 to 8) of the lab `name`. Throws when there cannot be one. */
export function hostPlan(name: string, number: number): HostPlan {
  if (!Number.isInteger(number) || number < 1 || number > maxHosts) {
    throw new Error(`A lab has hosts 1 to ${maxHosts}; there is no host ${number}`);
  }
  const last = 244 + number;
  return {
    name: `host${number}`,
    number,
    address: `192.168.32.${last}`,
    address6: `fd00:32::${last}`,
    mac: `02:00:c0:a8:20:${last.toString(16)}`, // locally administered, then the IPv4 address: the same at every boot
    port: `port${number}`,
    umid: `linuxnet-${name}-host${number}`,
  };
}

/** Hosts 1 to `count` of the lab `name`. */
export function hostPlans(name: string, count: number): HostPlan[] {
  return Array.from({ length: count }, (_, i) => hostPlan(name, i + 1));
}
