import { expect, test } from "vitest";
import { forwarding } from "./forwarding.js";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-ovfw";
const current = useProject(name, useLab(name, 2, { kernel: ["vxlan"] }));

test("an overlay gets through a firewall that drops what is forwarded, as Docker's does, and through strict rp_filter; its containers reach the world, and nobody else minds its links", async () => {
  const project = current();
  await forwarding(name, ["host1"], "DROP");
  await onHost(name, "host1", "sysctl -qw net.ipv4.conf.all.rp_filter=1");
  try {
    project.program(overlay(two));
    await project.up();
    expect((await tryOnHost(name, "host1", "ip netns exec ns245 ping -c 1 -W 1 172.246.0.2")).rc).not.toBe(0);
    project.program(overlay(two, { acceptForward: true, masquerade: true, checksumOffload: false, unmanaged: true }));
    await project.up();
    await ping(name, 245, "172.246.0.2");
    await ping(name, 246, "172.245.0.2");
    expect(await onHost(name, "host1", "ethtool -k vtep245 | grep tx-checksum-ip-generic; cat /run/systemd/network/00-linuxnet-o-245.network")).toMatch(/: off[^]*\[Match\]\nName=veth245\* br245\* vtep245\* tun245\*/);
    // Another host knows no way back to the subnet: it must have seen the host's own address.
    await ping(name, 245, "192.168.32.246");
  } finally {
    await forwarding(name, ["host1"], "ACCEPT");
    await onHost(name, "host1", "sysctl -qw net.ipv4.conf.all.rp_filter=0");
  }
});
