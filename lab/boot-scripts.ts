import { underlay, type HostPlan } from "./plan.js";

/** The line on a guest's console that says that its init has done all it had to. */
export const ready = "linuxnet: ready";

/** Where all that a guest writes is kept: how it gets there, the folder of it, the homes in it, and what is run from it at the end. */
interface Store {
  mount: string;
  at: string;
  homes: string;
  rc: string;
}

const memory: Store = {
  mount: "",
  at: "/mnt",
  homes: `root /mnt/root/root tmpfs mode=700
home /mnt/root/home tmpfs mode=755`,
  rc: "",
};

/** A disk is ubda, block device 98:0 (Documentation/admin-guide/devices.txt). The machine's own rc.local, which shows through, is not the guest's. */
const disk: Store = {
  mount: `mkdir /mnt/disk
mknod /mnt/ubda b 98 0
mount -t ext4 /mnt/ubda /mnt/disk
mkdir -p /mnt/disk/home
mkdir -p -m 700 /mnt/disk/root
rc=; [ ! -x /mnt/disk/upper/etc/rc.local ] || rc=/etc/rc.local
`,
  at: "/mnt/disk",
  homes: `/mnt/disk/root /mnt/root/root none bind
/mnt/disk/home /mnt/root/home none bind`,
  rc: "$rc\n",
};

/**
 * The init script of a guest. Its root is three layers: the machine's files at the bottom, `files` (those of this guest) over them,
 * and on top memory, or the guest's disk, where all that the guest writes goes: it is a machine to whose files one may do anything.
 * What is in memory is gone after a power cut. A guest with a disk runs its own executable /etc/rc.local at the end, as rc does.
 * @param files a folder of the machine
 */
export function guestInit(host: HostPlan, files: string, hasDisk = false): string {
  const store = hasDisk ? disk : memory;
  return `#!/bin/sh
# Process 1 of ${host.name}.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
read -r kernel </proc/sys/kernel/osrelease
mount -t tmpfs -o mode=755 memory /mnt
${store.mount}mkdir -p /mnt/files ${store.at}/upper ${store.at}/work /mnt/root
insmod /usr/lib/uml/modules/$kernel/kernel/fs/overlayfs/overlay.ko

# One command for all, since to start one takes a guest 50 ms. The machine's own /run, /tmp and homes are left out.
echo '
files /mnt/files hostfs ${files}
root /mnt/root overlay lowerdir=/mnt/files:/,upperdir=${store.at}/upper,workdir=${store.at}/work
proc /mnt/root/proc proc
sysfs /mnt/root/sys sysfs
dev /mnt/root/dev devtmpfs
devpts /mnt/root/dev/pts devpts mode=620,gid=5,ptmxmode=666,X-mount.mkdir
shm /mnt/root/dev/shm tmpfs mode=1777,X-mount.mkdir
run /mnt/root/run tmpfs mode=755
tmp /mnt/root/tmp tmpfs mode=1777
${store.homes}
' >/mnt/fstab
mount -a -T /mnt/fstab
cd /mnt/root
mkdir -p run/netns run/sshd run/lock
cp -a homes/root homes/home .
pivot_root . mnt
umount -l /mnt

echo ${host.name} >/proc/sys/kernel/hostname
modprobe ipv6
echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad # no address that is tentative for a second
echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_ra
ip -batch - <<'END'
link set lo up
address add ${host.address}/${underlay.prefix} broadcast + dev eth0
address add ${host.address6}/${underlay.prefix6} dev eth0 nodad
link set eth0 mtu ${underlay.mtu} up
route add default via ${underlay.gateway} dev eth0
route add ::/0 via ${underlay.gateway6} dev eth0
END
/usr/sbin/sshd
echo '${ready}'
set +e
${store.rc}while :; do sleep 1000000 & wait; done
`;
}

/**
 * The script that becomes a guest. It runs in the lab's network namespace and, by `ip netns exec`, in a mount namespace that
 * is the guest's alone: there every file system turns read-only, so not even root in the guest can write on the machine, but for the
 * file that is its disk.
 * @param files where the init script and the disk are, and where the guest's memory and control socket are mounted
 */
export function guestLaunch(host: HostPlan, files: { init: string; memory: string; disk?: string }): string {
  const { disk } = files;
  const kernel = [
    "linux.uml",
    "mem=192M root=/dev/root rootfstype=hostfs rootflags=/ ro quiet",
    "con=null con0=null,fd:1",
    `init=${files.init} umid=${host.umid} uml_dir=${files.memory}`,
    `eth0=tuntap,${host.tap},${host.mac}`,
    ...(disk ? [`ubd0=${disk}`] : []),
  ];
  return `#!/bin/bash
# Becomes ${host.name}. Its memory and control socket lie on a file system that ends with it.
set -eu
# No pipe of whoever started the lab is held open: that one would wait for it as long as the guest lives.
for fd in /proc/$$/fd/*; do
  fd=\${fd##*/}
  ((fd < 3 || fd == 255)) || eval "exec $fd>&-" # 255 is this script
done
while read -r _ at type _; do
  [ "$type" = nsfs ] || mount -o remount,bind,ro "$(printf %b "$at")" 2>/dev/null || [ "$at" != / ]
done </proc/self/mounts
${disk ? `mount --bind ${disk} ${disk}; mount -o remount,bind,rw ${disk}\n` : ""}mount -t tmpfs -o mode=700 memory ${files.memory}
export TMPDIR=${files.memory}
exec ${kernel.join(" \\\n  ")}
`;
}
