import { needsRoot, platform, way } from "./preflight.js";
import { underlay } from "./plan.js";
import type { Sort } from "./sort.js";

/** Hosts that are User-Mode Linux guests, each with a kernel of its own. */
export const ownKernel: Sort = {
  says: "a kernel of its own",
  packages: { "user-mode-linux": "linux.uml" },
  modules: "/usr/lib/uml/modules",
  obstacle({ platform: system, arch, uid, tun }) {
    if (system !== "linux") return `The lab's hosts are User-Mode Linux guests, which cannot run on ${platform(system)}: use a Linux machine or virtual machine with an amd64 processor (${way})`;
    if (arch !== "x64") return `The lab's hosts are User-Mode Linux guests, which exist for amd64 only and cannot run on ${arch}: use an amd64 Linux machine, or hosts that share this one's kernel (\`--kernel shared\`; ${way})`;
    return needsRoot(uid) ?? (tun ? undefined : "The lab needs /dev/net/tun, to which its hosts are wired: `modprobe tun`, or in a container `--device /dev/net/tun`");
  },
  port: ({ port }) => `tuntap add dev ${port} mode tap
link set ${port} mtu ${underlay.mtu} addrgenmode none
link set ${port} master ${underlay.bridge} up
`,
  unplug: () => "",
  // Its memory and control socket lie on a file system that ends with it.
  become: (host, { init, memory, disk }) => `mount -t tmpfs -o mode=700 memory ${memory}
export TMPDIR=${memory}
exec ${[
    "linux.uml",
    "mem=192M root=/dev/root rootfstype=hostfs rootflags=/ ro quiet",
    "con=null con0=null,fd:1",
    `init=${init} umid=${host.umid} uml_dir=${memory}`,
    `eth0=tuntap,${host.port},${host.mac}`,
    ...(disk ? [`ubd0=${disk}`] : []),
  ].join(" \\\n  ")}
`,
  first: () => `read -r kernel </proc/sys/kernel/osrelease
insmod /usr/lib/uml/modules/$kernel/kernel/fs/overlayfs/overlay.ko
`,
  // ubda is the block device 98:0 (Documentation/admin-guide/devices.txt).
  mountDisk: () => `mknod /mnt/ubda b 98 0
mount -t ext4 /mnt/ubda /mnt/disk
`,
  layer: (folder) => `files /mnt/files hostfs ${folder}
`,
  mounts: `sysfs /mnt/root/sys sysfs
dev /mnt/root/dev devtmpfs
`,
  mounted: "",
  settings: "modprobe ipv6\n",
};
