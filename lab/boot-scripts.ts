import { underlay, type HostPlan, type LabPlan } from "./plan.js";
import type { BootFolders, Sort } from "./sort.js";

/** The line on a host's console that says that its init has done all it had to. */
export const ready = "linuxnet: ready";

/** Where all that a host writes is kept: the folder of it, how that gets there, the homes in it, and what is run from it at the end. */
interface Store {
  at: string;
  mount: string;
  homes: string;
  rc: string;
}

const memory: Store = {
  at: "/mnt",
  mount: "",
  homes: `root /mnt/root/root tmpfs mode=700
home /mnt/root/home tmpfs mode=755`,
  rc: "",
};

/** The machine's own rc.local, which shows through, is not the host's. */
const disk = (mount: string): Store => ({
  at: "/mnt/disk",
  mount: `mkdir /mnt/disk
${mount}mkdir -p /mnt/disk/home
mkdir -p -m 700 /mnt/disk/root
rc=; [ ! -x /mnt/disk/upper/etc/rc.local ] || rc=/etc/rc.local
`,
  homes: `/mnt/disk/root /mnt/root/root none bind
/mnt/disk/home /mnt/root/home none bind`,
  rc: "$rc\n",
});

/**
 * The init script of a host. Its root is three layers: the machine's files at the bottom, the host's own over them, and on top memory,
 * or the host's disk, where all that the host writes goes: it is a machine to whose files one may do anything.
 * What is in memory is gone after a power cut. A host with a disk runs its own executable /etc/rc.local at the end, as rc does.
 */
export function initScript(sort: Sort, lab: LabPlan, host: HostPlan, from: BootFolders): string {
  const store = from.disk ? disk(sort.mountDisk(from.disk)) : memory;
  return `#!/bin/sh
# Process 1 of ${host.name}.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
echo ${host.name} >/proc/sys/kernel/hostname
mount -t tmpfs -o mode=755 memory /mnt
${store.mount}mkdir -p /mnt/files ${store.at}/upper ${store.at}/work /mnt/root
cat /proc/sys/kernel/random/uuid >/mnt/boot_id
${sort.first(host, lab, from)}
# One command for all, since to start one takes a guest 50 ms. The machine's own /run, /tmp and homes are left out.
echo '
${sort.layer(from.layer)}root /mnt/root overlay lowerdir=/mnt/files:/,upperdir=${store.at}/upper,workdir=${store.at}/work
proc /mnt/root/proc proc
${sort.mounts}devpts /mnt/root/dev/pts devpts mode=620,gid=5,ptmxmode=666,X-mount.mkdir
shm /mnt/root/dev/shm tmpfs mode=1777,X-mount.mkdir
run /mnt/root/run tmpfs mode=755,size=64m
tmp /mnt/root/tmp tmpfs mode=1777,size=64m
${store.homes}
' >/mnt/fstab
mount -a -T /mnt/fstab
cd /mnt/root
${sort.mounted}mkdir -p run/netns run/sshd run/lock
cp -a homes/root homes/home .
pivot_root . mnt
umount -l /mnt

${sort.settings}echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad # no address that is tentative for a second
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
 * The script that becomes a host. It runs in the lab's network namespace and, by `ip netns exec`, in a mount namespace that
 * is the host's alone: there every file system turns read-only, so nothing that the host does writes on the machine, but for what is its disk.
 */
export function launchScript(sort: Sort, host: HostPlan, from: BootFolders): string {
  const { disk } = from;
  return `#!/bin/bash
# Becomes ${host.name}.
set -eu
# No pipe of whoever started the lab is held open: that one would wait for it as long as the host lives.
for fd in /proc/$$/fd/*; do
  fd=\${fd##*/}
  ((fd < 3 || fd == 255)) || eval "exec $fd>&-" # 255 is this script
done
while read -r _ at type _; do
  [ "$type" = nsfs ] || mount -o remount,bind,ro "$(printf %b "$at")" 2>/dev/null || [ "$at" != / ]
done </proc/self/mounts
${disk ? `mount --bind ${disk} ${disk}; mount -o remount,bind,rw ${disk}\n` : ""}${sort.become(host, from)}`;
}
