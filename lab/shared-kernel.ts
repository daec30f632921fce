import { underlay } from "./plan.js";
import { needsRoot, platform, way } from "./preflight.js";
import type { Sort } from "./sort.js";

/** What reaches the machine past all namespaces: its devices, clock, log, kernel and modules. The names are those of capabilities(7). */
const withheld = ["mknod", "sys_rawio", "sys_time", "syslog", "sys_module", "sys_boot", "dac_read_search", "linux_immutable", "sys_pacct", "mac_admin", "mac_override", "audit_control", "wake_alarm", "block_suspend"];

/** Devices of which a host has its machine's. */
const devices = "null zero full random urandom tty";

/** What a namespace takes from the machine's settings, and a kernel that boots has so (ip-sysctl.rst; devconf_inherit_init_net). */
const booted = ["net.ipv4.ip_forward=0", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0", "net.ipv4.conf.lo.rp_filter=0"];

const lacking = (said?: string) =>
  said && `Hosts that share this machine's kernel need its namespaces, overlayfs, bridges and veth pairs, of which it refuses some (${said}): leave out \`--kernel shared\`, or give a container the capability SYS_ADMIN`;

/** Hosts that are namespaces of the machine's own kernel: network, mounts, processes, names, IPC. */
export const sharedKernel: Sort = {
  says: "the machine's kernel",
  packages: { "util-linux": "unshare" },
  obstacle({ platform: system, uid, refuses }) {
    if (system !== "linux") return `Hosts that share the machine's kernel are namespaces of Linux, which ${platform(system)} has not: use a Linux machine (${way})`;
    return needsRoot(uid) ?? lacking(refuses());
  },
  port: () => "",
  unplug: ({ port }) => `link delete ${port}\n`,
  become: ({ umid }, { init }) => `exec unshare --net --mount --pid --fork --kill-child --uts --ipc setpriv --bounding-set ${withheld.map((name) => `-${name}`).join(",")} sh ${init} umid=${umid}
`,
  // The cable is drawn from within, while the lab's namespace is in sight; what is left of the one of an earlier boot gives way.
  first: ({ mac, port }, { netns }, { layer }) => `cp -a ${layer}/. /mnt/files # a part of the machine's files cannot lie over all of them
ip -n ${netns} link delete ${port} 2>/dev/null || :
ip link add eth0 address ${mac} type veth peer name ${port} netns ${netns}
ip -n ${netns} link set ${port} mtu ${underlay.mtu} addrgenmode none master ${underlay.bridge} up
`,
  mountDisk: (path) => `mount -t ext4 -o loop ${path} /mnt/disk
`,
  layer: () => "",
  // Of the settings only those of the network are the host's own; a boot has an id.
  mounts: `sysfs /mnt/root/sys sysfs ro
dev /mnt/root/dev tmpfs mode=755,size=64k
/mnt/root/proc/sys/net /mnt/net none bind,X-mount.mkdir
/mnt/root/proc/sys /mnt/root/proc/sys none bind,ro
/mnt/net /mnt/root/proc/sys/net none bind
/mnt/boot_id /mnt/root/proc/sys/kernel/random/boot_id none bind,ro
`,
  mounted: `for device in ${devices}; do : >dev/$device; mount --bind /dev/$device dev/$device; done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for n in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/\${n%:*} dev/\${n#*:}; done
ln -s /proc/1/fd/1 dev/console
for path in proc/sysrq-trigger proc/irq; do [ ! -e $path ] || mount --bind -o ro $path $path; done
`,
  settings: `sysctl -q ${booted.join(" ")}
for key in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $key ] || echo 0 >$key; done # as if nobody had loaded br_netfilter
`,
};
