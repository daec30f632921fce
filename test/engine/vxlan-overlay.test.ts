import { expect, onTestFinished, test } from "vitest";
import { capture } from "../../lab/packets.js";
import { info } from "../../lab/index.js";
import { unknownValue } from "../../provider/unknown.js";
import { useLab } from "./lab.js";
import { changes, Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-example";
const hosts = ["host1", "host2"];
const lab = useLab(name, hosts.length);

// One story in one test: each chapter needs the one before.
test("the vxlan-overlay example goes up, carries a ping, stays, and comes down to hosts exactly as before", async () => {
  const project = new Project({ folder: "examples/vxlan-overlay", env: { LINUXNET_LAB: name } });
  onTestFinished(() => project.remove());
  const first = await project.preview();
  const shown = JSON.stringify(first.map((s) => s.inputs));
  expect(shown).not.toContain(unknownValue);
  expect(first.filter((s) => s.type === "Vxlan").map((s) => [s.inputs.name, s.inputs.mtu, s.inputs.local])).toEqual(
    expect.arrayContaining([["vtep245", 1450, "192.168.32.245"], ["vtep246", 1450, "192.168.32.246"]]),
  );
  for (const vxlan of first.filter((s) => s.type === "Vxlan")) expect(vxlan.inputs.mac).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
  await lab.unchanged();

  // The same hosts, named by the stack's configuration.
  for (const [i, host] of hosts.entries()) {
    await project.must("config set --path", `hosts[${i}].ssh`, host);
    await project.must("config set --path", `hosts[${i}].sshConfig`, info(name)!.sshConfig);
  }
  project.env.LINUXNET_LAB = "none-of-that-name";
  await project.up();
  const wire = await capture({ name, filter: "udp port 8472", payload: "vxlan" });
  expect(await onHost(name, "host1", "ip netns exec ns245 ping -c 2 -W 2 172.246.0.2")).toContain("2 received");
  expect(await onHost(name, "host2", "ip netns exec ns246 ping -c 1 -W 2 172.245.0.2")).toContain("1 received");
  const packets = (await wire.stop()).join("\n");
  expect(packets).toMatch(/192\.168\.32\.245\.\d+ > 192\.168\.32\.246\.8472: VXLAN.*vni 1/);
  expect(packets).toMatch(/172\.245\.0\.2 > 172\.246\.0\.2: ICMP echo request/);

  // 1450 bytes are 1422 of ping, 8 of ICMP and 20 of IP.
  expect(await onHost(name, "host1", "ip netns exec ns245 ping -c 1 -W 2 -M do -s 1422 172.246.0.2")).toContain("1 received");
  expect((await tryOnHost(name, "host1", "ip netns exec ns245 ping -c 1 -W 2 -M do -s 1423 172.246.0.2")).text).toContain("too long");

  expect(changes(await project.preview())).toEqual([]);
  expect((await project.up()).text).toMatch(/Resources:\n\s+30 unchanged/);

  await project.destroy();
  await lab.unchanged();
});
