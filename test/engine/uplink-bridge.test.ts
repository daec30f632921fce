import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { info } from "../../lab/index.js";
import { capture } from "../../lab/packets.js";
import { unknownValue } from "../../provider/unknown.js";
import { useLab } from "./lab.js";
import { changes, Project } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-uplink";
const lab = useLab(name, 2, { kernel: ["vxlan"] });

/** Watches a host from outside while something is done to it: a session that prints on, and pings of both families. */
async function watched<T>(work: () => Promise<T>): Promise<{ done: T; lines: number; lost: number[] }> {
  const { sshConfig, netns } = info(name)!;
  const session = execa("ssh", ["-F", sshConfig, "host1", "while sleep 0.2; do echo on; done"], { reject: false });
  const pings = ["192.168.32.245", "fd00:32::245"].map((to) => execa("ip", ["netns", "exec", netns, "ping", "-q", "-i", "0.05", to], { reject: false }));
  try {
    const done = await work();
    expect(session.exitCode, "the session that was open before").toBe(null);
    session.kill();
    pings.forEach((ping) => ping.kill("SIGINT"));
    const lost = (await Promise.all(pings)).map(({ stdout }) => {
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout)!.map(Number) as [number, number, number];
      return sent - received;
    });
    return { done, lines: (await session).stdout.split("\n").length, lost };
  } finally {
    for (const process of [session, ...pings]) process.kill();
  }
}

test("the uplink-bridge example moves the uplink while a session goes on, connects a namespace, and moves it back", async () => {
  const project = new Project({ folder: "examples/uplink-bridge", env: { LINUXNET_LAB: name } });
  onTestFinished(() => project.remove());
  const first = await project.preview("--config", "ipv6=true");
  expect(JSON.stringify(first.map((s) => s.inputs))).not.toContain(unknownValue);
  expect(first.find((s) => s.type === "UplinkBridge")!.inputs).toMatchObject({ name: "br0", uplink: "eth0" });

  const up = await watched(() => project.up());
  console.info(`up: ${up.lines} lines of the open session, pings lost: IPv4 ${up.lost[0]}, IPv6 ${up.lost[1]}`);
  expect(up.lines).toBeGreaterThan(5);
  // At 20 a second; a move that waits for a spanning tree loses 600 and more.
  expect(Math.max(...up.lost)).toBeLessThan(200);
  expect(await onHost(name, "host1", "ip -br addr show br0; ip -br link show master br0; ip route show default; ip -6 route show default")).toMatch(
    /br0 .*192\.168\.32\.245\/24 fd00:32::245\/64[^]*eth0\S* [^]*02:00:c0:a8:20:f5[^]*veth1b[^]*default via 192\.168\.32\.1 dev br0[^]*default via fd00:32::1 dev br0/,
  );
  const fromNs1 = (to: string) => onHost(name, "host1", `for i in 1 2 3 4 5 6 7 8; do ip netns exec ns1 ping -c 3 -i 0.2 -W 1 ${to} && exit; done; exit 1`);
  const peer = ["192.168.32.246", "fd00:32::246"];
  for (const to of peer) expect(await fromNs1(to)).toContain("3 received");
  expect(changes(await project.preview())).toEqual([]);

  // What the bridge learned meanwhile is an output after a refresh, and no diff.
  await project.up("--refresh");
  const mac = await onHost(name, "host1", "ip netns exec ns1 cat /sys/class/net/veth1a/address");
  const outputs = JSON.parse((await project.must("stack output", "--json")).stdout);
  expect(outputs.forwardingDatabase).toEqual(expect.arrayContaining([{ mac: "02:00:c0:a8:20:f5", dev: "br0", state: "permanent" }, { mac, dev: "veth1b", state: "learned" }]));
  expect(outputs.spanningTree).toMatchObject({ enabled: false, ports: expect.arrayContaining([expect.objectContaining({ dev: "eth0", state: "forwarding" })]) });

  // The other variant is an update: the peer needs no route, and sees the host's own address.
  await project.up("--config", "snat=true");
  expect(await onHost(name, "host2", "ip route show 10.244.1.0/24; ip -6 route show fd00:244:1::/64")).toBe("");
  const wire = await capture({ name, filter: "icmp or icmp6" });
  for (const to of peer) expect(await fromNs1(to)).toContain("3 received");
  const packets = await wire.stop();
  for (const request of [/ IP 192\.168\.32\.245 > 192\.168\.32\.246: ICMP echo request/, / IP6 fd00:32::245 > fd00:32::246: ICMP6, echo request/]) expect(packets.filter((p) => request.test(p)).length, packets.join("\n")).toBeGreaterThanOrEqual(3);
  expect(packets.filter((p) => /(10\.244\.1|fd00:244:1:).*echo request/.test(p))).toEqual([]);
  expect(changes(await project.preview("--refresh"))).toEqual([]);

  const down = await watched(() => project.destroy());
  console.info(`destroy: pings lost: IPv4 ${down.lost[0]}, IPv6 ${down.lost[1]}`);
  expect(Math.max(...down.lost)).toBeLessThan(200);
  await lab.unchanged();
});

test("what is wired to the uplink of a host lives on its bridge, in whatever order the program says so, and looks the same ever after", async () => {
  const program = `
    const hosts = lab.hosts(2).map((h, i) => new linuxnet.Host("host" + (i + 1), h));
    new linuxnet.VxlanOverlay("o", { nodes: hosts.map((host, i) => ({ host, name: String(245 + i), subnet: "172." + (245 + i) + ".0.0/24" })) });
    new linuxnet.UplinkBridge("br0", { host: hosts[0], name: "br0" });`;
  const project = new Project({ program, env: { LINUXNET_LAB: name } });
  onTestFinished(() => project.remove());
  const first = await project.preview();
  expect(first.filter((s) => s.type === "Vxlan").map((s) => [s.inputs.name, s.inputs.dev]).sort()).toEqual([["vtep245", "br0"], ["vtep246", "eth0"]]);
  await project.up();
  expect(await onHost(name, "host1", "ip -d link show vtep245")).toContain("dev br0");
  expect(await onHost(name, "host1", "for i in 1 2 3 4 5; do ip netns exec ns245 ping -c 1 -W 1 172.246.0.2 && exit; done; exit 1")).toContain("1 received");
  expect(changes(await project.preview("--refresh"))).toEqual([]);
  await project.destroy();
  await lab.unchanged();
});
