import { describe, expect, test } from "vitest";
import { initScript, launchScript } from "../../lab/boot-scripts.js";
import { layerFiles, type LayerSources } from "../../lab/layer.js";
import { installLine, missing } from "../../lab/packages.js";
import { packetLines } from "../../lab/packets.js";
import { hostPlan, hostPlans, labPlan } from "../../lab/plan.js";
import type { Machine } from "../../lab/preflight.js";
import { kernels, sorts, type Kernel } from "../../lab/sorts.js";
import { knownHosts, sshConfig } from "../../lab/ssh-config.js";

describe("a lab follows from its name", () => {
  test("hosts have the articles' addresses and a MAC of their own at every boot", () => {
    expect(hostPlan("lab", 1)).toEqual({ name: "host1", number: 1, address: "192.168.32.245", address6: "fd00:32::245", mac: "02:00:c0:a8:20:f5", port: "port1", umid: "linuxnet-lab-host1" });
    expect(hostPlans("lab", 8).at(-1)).toMatchObject({ name: "host8", address: "192.168.32.252", mac: "02:00:c0:a8:20:fc" });
  });
  test.each(["", "Lab", "a b", "../x", "-a", "a-", "a".repeat(25), "a/b"])("%j is no name of a lab", (name) => expect(() => labPlan(name)).toThrow(/lower-case letters/));
  test.each([0, 9, 1.5, NaN])("there is no host %d", (n) => expect(() => hostPlan("lab", n)).toThrow(/hosts 1 to 8/));

  test("its ssh_config asks nothing of the person's own", () => {
    const text = sshConfig(labPlan("x"), hostPlans("x", 2));
    expect(text).toMatch(/^Host host1\n  HostName 192.168.32.245\nHost host2\n  HostName 192.168.32.246\nHost \*\n/);
    for (const line of ["StrictHostKeyChecking yes", "IdentitiesOnly yes", "IdentityAgent none", "LogLevel ERROR", "UserKnownHostsFile /run/linuxnet-lab/x/known_hosts", "ProxyCommand ip netns exec linuxnet-x "]) {
      expect(text).toContain(`  ${line}`);
    }
    expect(knownHosts(hostPlans("x", 1), () => "ssh-ed25519 AAAA")).toBe("host1,192.168.32.245,fd00:32::245 ssh-ed25519 AAAA\n");
  });
});

describe("a host's files", () => {
  const sources: LayerSources = {
    passwd: "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nnet:x:77:77::/:/bin/false\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n",
    group: "root:x:0:\nshadow:x:42:\nme:x:1000:\n",
    shadow: "root:*:1::::::\nme:secret:1::::::\n",
    hostKey: "KEY",
    hostKeyPublic: "PUBLIC",
    authorizedKeys: "CLIENT",
  };
  const files = layerFiles(hostPlan("x", 2), hostPlans("x", 2), sources);

  test("the plain user takes the place of whoever has its name or id", () => {
    expect(files["etc/passwd"]!.text).toBe("root:x:0:0::/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\nnet:x:1000:1000::/home/net:/bin/bash\n");
    expect(files["etc/group"]!.text).toBe("root:x:0:\nshadow:x:42:\nnet:x:1000:\n");
    expect(files["etc/shadow"]).toMatchObject({ mode: 0o640, group: 42 });
    expect(files["etc/sudoers"]).toMatchObject({ mode: 0o440, text: expect.stringContaining("net ALL=(ALL:ALL) NOPASSWD: ALL") });
  });
  test("each knows its name, the others', and its key", () => {
    expect(files["etc/hostname"]!.text).toBe("host2\n");
    expect(files["etc/hosts"]!.text).toContain("192.168.32.245 host1\nfd00:32::245 host1\n192.168.32.246 host2\n");
    expect(files["etc/ssh/ssh_host_ed25519_key"]).toEqual({ text: "KEY", mode: 0o600 });
  });
});

describe("the scripts of a boot", () => {
  const [lab, host, from] = [labPlan("x"), hostPlan("x", 2), { init: "/i", layer: "/f", memory: "/m" }];
  test.each(kernels)("carry what belongs to the host, on a kernel that is %s", (kernel) => {
    expect(initScript(sorts[kernel], lab, host, from)).toContain("address add 192.168.32.246/24 broadcast + dev eth0");
    expect(initScript(sorts[kernel], lab, host, from)).not.toContain("/mnt/disk");
    expect(launchScript(sorts[kernel], host, from)).not.toMatch(/ubd|remount,bind,rw/);
  });
  test.each(kernels)("let a host with a disk write that one file of the machine's, and keep its root on it, on a kernel that is %s", (kernel) => {
    expect(launchScript(sorts[kernel], host, { ...from, disk: "/d" })).toContain("mount -o remount,bind,rw /d\n");
    expect(initScript(sorts[kernel], lab, host, { ...from, disk: "/d" })).toContain("upperdir=/mnt/disk/upper");
  });
  test("wire a guest by its tap, and a host that shares the kernel by a cable drawn from within", () => {
    expect(launchScript(sorts.own, host, from)).toMatch(/init=\/i umid=linuxnet-x-host2 uml_dir=\/m[^]*eth0=tuntap,port2,02:00:c0:a8:20:f6/);
    expect(launchScript(sorts.shared, host, from)).toMatch(/ sh \/i umid=linuxnet-x-host2\n/);
    expect(initScript(sorts.shared, lab, host, from)).toContain("ip link add eth0 address 02:00:c0:a8:20:f6 type veth peer name port2 netns linuxnet-x\n");
  });
});

describe("what cannot work is said in a sentence", () => {
  const good: Machine = { platform: "linux", arch: "x64", uid: 0, tun: true, refuses: () => undefined };
  test.each(kernels)("an amd64 Linux machine with root and tun will do, for a kernel that is %s", (kernel) => expect(sorts[kernel].obstacle(good)).toBeUndefined());
  test.each<[Kernel, Partial<Machine>, RegExp]>([
    ["own", { platform: "darwin", arch: "arm64", uid: 501 }, /cannot run on macOS/],
    ["own", { arch: "arm64" }, /amd64 only and cannot run on arm64/],
    ["own", { uid: 1000 }, /needs root/],
    ["own", { tun: false }, /needs \/dev\/net\/tun/],
    ["shared", { platform: "darwin" }, /namespaces of Linux, which macOS has not/],
    ["shared", { uid: 1000 }, /needs root/],
    ["shared", { refuses: () => "unshare failed: Operation not permitted" }, /of which it refuses some \(unshare failed: Operation not permitted\)/],
  ])("%s, %j", (kernel, part, words) => expect(sorts[kernel].obstacle({ ...good, ...part })).toMatch(words));
  test("hosts that share the kernel need neither amd64 nor tun", () => expect(sorts.shared.obstacle({ ...good, arch: "arm64", tun: false })).toBeUndefined());
});

test("missing packages are known by their commands, and the line to type names them", () => {
  expect(missing("own", () => true)).toEqual([]);
  const has = (command: string) => !["linux.uml", "modprobe"].includes(command);
  expect(installLine(missing("own", has))).toBe("apt-get install --no-install-recommends user-mode-linux kmod");
  expect(missing("shared", has)).toEqual(["kmod"]);
});

test("a packet inside another is on its line", () => {
  const printed = ["14:28:19.568662 IP a > b.8472: VXLAN, flags [I] (0x08), vni 1", "IP c > d: ICMP echo request", "", "14:28:19.6 ARP, Request"];
  expect(packetLines(printed)).toEqual(["14:28:19.568662 IP a > b.8472: VXLAN, flags [I] (0x08), vni 1 | IP c > d: ICMP echo request", "14:28:19.6 ARP, Request"]);
});
