import type { Ran, Session } from "../../provider/host/session.js";

/** What a host answered when it was asked what it is: kernel 6.1.176, iproute2 6.1.0. Its `iptables` speaks to an nf_tables that knows no IPv4. */
export const recorded = {
  uid: "0",
  sudo: "",
  kernel: "6.1.176",
  iproute2: "ip utility, iproute2-6.1.0, libbpf 1.1.2",
  routes: '[{"dst":"default","gateway":"192.168.32.1","dev":"eth0","flags":[]}]',
  routes6: '[{"dst":"default","gateway":"fd00:32::1","dev":"eth0","metric":1024,"flags":[],"pref":"medium"}]',
  links:
    '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"qdisc":"pfifo_fast","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:c0:a8:20:f6","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet","local":"192.168.32.246","prefixlen":24,"broadcast":"192.168.32.255","scope":"global","label":"eth0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fd00:32::246","prefixlen":64,"scope":"global","nodad":true,"valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fe80::c0ff:fea8:20f6","prefixlen":64,"scope":"link","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]',
  connection: "192.168.32.1 59370 192.168.32.246 22",
  kinds: "bridge\nveth\nvxlan\nipip\n",
  iptables: "iptables v1.8.9 (nf_tables)",
  managers: "",
  owners: "",
  tools: "ethtool",
  firewalls: "iptables-legacy\n",
  ground: "own net/ipv4/ip_forward 0\nnew net/ipv4/ip_forward 0\n",
  space: "Filesystem     1024-blocks  Used Available Capacity Mounted on\nrun                  98316    24     98292       1% /run",
  boot: "7c6e8bcd-2f3c-4b2e-9d7b-3d5b0d1f5a11",
};

/** The same host with two dummy links, e0 and e1, the better default route by e0, IPv6 by e0 only. */
export const twoUplinks = {
  ...recorded,
  routes: '[{"dst":"default","gateway":"10.1.1.1","dev":"e0","metric":50,"flags":[]},{"dst":"default","gateway":"10.2.0.1","dev":"e1","metric":100,"flags":[]}]',
  routes6: '[{"dst":"default","gateway":"fd00:1::1","dev":"e0","metric":1024,"flags":[],"pref":"medium"}]',
  links:
    '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":2,"ifname":"e0","flags":["BROADCAST","NOARP","UP","LOWER_UP"],"mtu":1400,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:e0","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet","local":"10.1.1.2","prefixlen":24,"scope":"global","label":"e0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fd00:1::2","prefixlen":64,"scope":"global","nodad":true,"valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fe80::ff:fe00:e0","prefixlen":64,"scope":"link","valid_life_time":4294967295,"preferred_life_time":4294967295}]},{"ifindex":3,"ifname":"e1","flags":["BROADCAST","NOARP","UP","LOWER_UP"],"mtu":1500,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:e1","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet","local":"10.2.0.2","prefixlen":16,"scope":"global","label":"e1","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fe80::ff:fe00:e1","prefixlen":64,"scope":"link","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]',
};

/** With addresses of IPv6 alone. */
export const onlyIpv6 = {
  ...recorded,
  routes: "[]",
  routes6: twoUplinks.routes6,
  connection: "fd00:1::1 50000 fd00:1::2 22",
  links:
    '[{"ifindex":2,"ifname":"e0","flags":["BROADCAST","NOARP","UP","LOWER_UP"],"mtu":1400,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"ether","address":"02:00:00:00:00:e0","broadcast":"ff:ff:ff:ff:ff:ff","addr_info":[{"family":"inet6","local":"fd00:1::2","prefixlen":64,"scope":"global","nodad":true,"valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fe80::ff:fe00:e0","prefixlen":64,"scope":"link","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]',
};

const asks: [RegExp, keyof typeof recorded][] = [
  [/^id -u$/, "uid"],
  [/sudo -n -l/, "sudo"],
  [/osrelease; echo/, "kernel"],
  [/^ip -V$/, "iproute2"],
  [/^ip -j -4 route show default$/, "routes"],
  [/^ip -j -6 route show default$/, "routes6"],
  [/^ip -j (-d )?addr show$/, "links"],
  [/ip -j route get/, "routes"],
  [/SSH_CONNECTION/, "connection"],
  [/rtnl-link-/, "kinds"],
  [/bridge-nf-call/, "ground"],
  [/unshare \$apart .*iptables/s, "firewalls"],
  [/iptables/, "iptables"],
  [/systemd\/netif/, "owners"],
  [/systemd-network/, "managers"],
  [/command -v/, "tools"],
  [/^eval df /, "space"],
  [/boot_id/, "boot"],
];

export type Recorded = { [K in keyof typeof recorded]: string | undefined };

/** A session with a host that answers so, and has no command for what is undefined; `asked` counts the questions. */
export function answering(answers: Recorded | (() => Recorded), host = "host1"): Session & { asked: number } {
  const session = {
    host,
    asked: 0,
    ended: new Promise<void>(() => undefined),
    close: async () => undefined,
    async run([command]: readonly (readonly string[])[]): Promise<Ran> {
      session.asked++;
      const key = asks.find(([pattern]) => pattern.test(command!.join(" ")))?.[1];
      const said = key && (typeof answers === "function" ? answers() : answers)[key];
      if (said === undefined) return { rc: 127, stdout: Buffer.alloc(0), stderr: `sh: 1: ${command![0]}: not found`, done: 0 };
      return { rc: 0, stdout: Buffer.from(`${said}\n`), stderr: "", done: 1 };
    },
  };
  return session;
}
