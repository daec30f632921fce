import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-links";
const current = useProject(name, useLab(name, 2, ["ipip"]));

/** A program with both hosts, and for each of them what `body` makes of `me`, `peer` (their lab hosts), `host`, `k` (1, 2) and `other`. */
const program = (body: string) => `
  const two = lab.hosts(2);
  two.forEach((me, i) => {
    const [k, other, peer] = [i + 1, 2 - i, two[1 - i]];
    const host = new linuxnet.Host("host" + k, me);
    ${body}
  });`;

/** Pings from one host of the lab; over IPv6 the kernel may take a second or two until it uses its new addresses. */
const ping = (host: string, to: string, where = "") => onHost(name, host, `for i in 1 2 3 4 5 6 7 8; do ${where} ping -c 1 -W 1 ${to} && exit; done; exit 1`);

const lines = (change = "") => program(`
  const ipip = new linuxnet.Ipip("ipip" + k, { host, name: "t-ipip", local: "192.168.32." + (244 + k), remote: "192.168.32." + (244 + other), ttl: 64, alias: "to 'host" + other + "' \\"$(id)\\"", ${change} });
  new linuxnet.Address("ipip" + k, { host, dev: ipip.name, address: "10.9.1." + k + "/24" });
`);

test("tunnels", async () => {
  const project = current();
  project.program(lines());
  await project.up();
  await ping("host1", "10.9.1.2");
  expect(changes(await project.preview("--refresh"))).toEqual([]);
  project.program(lines("mtu: 1400, ttl: 32, txqueuelen: 50"));
  expect(changes(await project.preview()).sort()).toEqual(["update Ipip ipip1", "update Ipip ipip2"]);
  await project.up();
  expect(await onHost(name, "host1", "ip -d link show t-ipip")).toMatch(/mtu 1400 .*qlen 50/);
  await ping("host2", "10.9.1.1");
});
