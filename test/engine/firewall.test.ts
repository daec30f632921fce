import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-firewall";
const current = useProject(name, useLab(name, 1, { own: "a kernel without nf_tables" }));
const command = "iptables-legacy";

const host = 'const host = new linuxnet.Host("h", lab.hosts(1)[0]);';

test("without a word about it, the back-end is the one that the kernel takes; a policy goes back to what it was", async () => {
  const project = current();
  await onHost(name, "host1", `${command} -P FORWARD DROP`);
  project.program(`${host} const p = new linuxnet.FirewallPolicy("p", { host, chain: "FORWARD", policy: "accept" });
    const r = new linuxnet.FirewallRule("r", { host, chain: "FORWARD", source: "10.244.0.0/16", target: "accept" });
    exports.backends = pulumi.all([p.backend, r.backend, host.firewalls]);`);
  const preview = await project.preview();
  expect(preview.filter((s) => s.type.startsWith("Firewall")).map((s) => s.inputs.backend)).toEqual([command, command]);
  await project.up();
  expect(JSON.parse((await project.must("stack output --json")).stdout)).toEqual({ backends: [command, command, [command]] });
  expect(await onHost(name, "host1", `${command} -S FORWARD`)).toMatch(/^-P FORWARD ACCEPT\n-A FORWARD -s 10\.244\.0\.0\/16 -m comment --comment "linuxnet:[0-9a-f]{12}" -j ACCEPT$/);
  expect(changes(await project.preview("--refresh"))).toEqual([]);
  await project.destroy();
  expect(await onHost(name, "host1", `${command} -S FORWARD`)).toBe("-P FORWARD DROP");
  await onHost(name, "host1", `${command} -P FORWARD ACCEPT`);
});

test("what cannot be is told before anything is touched, each with its property", async () => {
  const project = current();
  project.program(`${host}
    const rule = (name, args) => new linuxnet.FirewallRule(name, { host, ...args });
    rule("a", { chain: "FORWARD", target: "dnat", to: "10.0.0.1" });
    rule("b", { chain: "INPUT", destinationPorts: 80, target: "accept" });
    rule("c", { chain: "INPUT", target: "log", logPrefix: "a prefix that is far too long for it" });
    new linuxnet.FirewallChain("d", { host, name: "MINE", rules: [{ target: "drop" }, { source: "fd00::1", protocol: "icmp" }] });`);
  const said = (await project.run("preview")).text;
  for (const problem of [
    "FirewallRule a: target: dnat is for the table nat and its chains PREROUTING, OUTPUT, or one that is jumped to from there; not for filter FORWARD",
    "FirewallRule b: destinationPorts: needs `protocol` to be one of tcp, udp, sctp",
    "FirewallRule c: logPrefix: has 36 bytes; there is room for 29",
    "FirewallChain d: rules[1].protocol: IPv6 has icmpv6",
  ]) expect(said).toContain(problem);

  project.program(`${host} new linuxnet.FirewallRule("a", { host, chain: "FORWARD", target: "accept", backend: "nft" });`);
  expect((await project.run("preview")).text).toMatch(/property backend value \{nft\} has a problem: nft does not work on the host: there is iptables-legacy/);

  project.program(`${host} new linuxnet.FirewallRule("a", { host, chain: "FORWARD", target: "jump", toChain: "NOWHERE" });`);
  expect((await project.run("up", "--yes", "--skip-preview")).text).toMatch(/host1: cannot make FirewallRule 4 filter FORWARD [0-9a-f]{12}: .*NOWHERE/);
});
