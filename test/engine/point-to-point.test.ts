import { expect, onTestFinished, test } from "vitest";
import { story } from "./example.js";
import { useLab } from "./lab.js";
import { Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-pair";
const lab = useLab(name, 1);

const ping = (from: string, to: string) => onHost(name, "host1", `ip netns exec ${from} ping -c 1 -W 2 ${to}`);

test("point-to-point: two namespaces reach each other and themselves, and nobody else", () =>
  story("point-to-point", name, lab, { ipv6: "true" }, async () => {
    for (const [client, server] of [["10.0.0.11", "10.0.0.12"], ["fd00:10::11", "fd00:10::12"]] as const) {
      expect(await ping("client", server)).toContain("1 received");
      expect(await ping("server", client)).toContain("1 received");
      expect(await ping("client", client)).toContain("1 received");
    }
    expect((await tryOnHost(name, "host1", "ip netns exec client ping -c 1 -W 1 192.168.32.245")).rc).not.toBe(0);
    expect((await tryOnHost(name, "host1", "ping -c 1 -W 1 10.0.0.12")).rc).not.toBe(0);
    expect(await onHost(name, "host1", "ip -n client -br link show veth-client; ip -n server -br link show veth-server")).toMatch(/veth-client@\S+ +UP[^]*veth-server@\S+ +UP/);
  }),
);

test("point-to-point takes other names and addresses, and says what cannot work", async () => {
  const project = new Project({ env: { LINUXNET_LAB: name } });
  onTestFinished(() => project.remove());
  const pair = (args: string) => `new linuxnet.PointToPoint("p", { host: new linuxnet.Host("host1", lab.hosts(1)[0]), ${args} });`;
  project.program(pair('ends: [{ name: "a", address: "10.0.0.1/24" }, { name: "a", address: ["10.0.1.2/24", "fd00::1/64"] }], mtu: 9000'));
  const { text } = await project.run("preview");
  expect(text).toContain("PointToPoint p: ends[1].name: both ends are named a");
  expect(text).toContain("PointToPoint p: ends[1].address: 10.0.1.2/24 is on no network of the other end, which has 10.0.0.1/24");
  expect(text).toContain("PointToPoint p: ends[1].address: fd00::1/64 is on no network of the other end");
  project.program(pair('ends: [{ name: "blue", address: "10.9.0.1/30" }, { name: "green", address: "10.9.0.2/30" }], mtu: 9000'));
  await project.up();
  expect(await onHost(name, "host1", "ip netns exec blue ping -c 1 -W 2 -M do -s 8972 10.9.0.2")).toContain("1 received");
  await project.destroy();
  await lab.unchanged();
});
