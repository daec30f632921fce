import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-fwguard";
const current = useProject(name, useLab(name, 1, { kernel: ["iptables-nft"] }));

const program = (source: string) => `
  const host = new linuxnet.Host("h", lab.hosts(1)[0]);
  new linuxnet.FirewallRule("r", { host, chain: "INPUT", protocol: "tcp", destinationPorts: 22, ${source} target: "drop", confirmTimeout: 12 });`;

test("a rule that would cut SSH is taken back by the host, and one that does not is kept", async () => {
  const project = current();
  project.program(program(""));
  const failed = await project.run("up", "--yes", "--skip-preview");
  expect(failed.rc).not.toBe(0);
  expect(failed.text).toContain("host1: took back what was to make FirewallRule");
  expect(await onHost(name, "host1", "iptables-nft -S INPUT")).not.toContain("linuxnet:");
  project.program(program('source: "192.0.2.0/24",'));
  await project.up();
  expect(await onHost(name, "host1", "iptables-nft -S INPUT")).toContain("192.0.2.0/24");
});
