import { afterAll, beforeAll, expect, test } from "vitest";
import { applied, over, Way } from "./guarded.js";
import { useLab, useProject } from "./lab.js";
import { children, runs } from "./processes.js";
import { onHost } from "./snapshot.js";

const name = "t-guard-cli";
const current = useProject(name, useLab(name, 1));
let way: Way;
beforeAll(() => void (way = new Way(name)));
afterAll(() => way.remove());

test("an update that cuts the host off fails and says that the host took it back; one killed before it was confirmed is told by the next", async () => {
  const project = current();
  const program = (rest: string) => `const host = new linuxnet.Host("h", { ssh: "host1", sshConfig: ${JSON.stringify(way.sshConfig)} }); ${rest}`;
  project.program(program(`new linuxnet.LinkState("wrong", { host, dev: "eth0", up: false, confirmTimeout: 10 });`));
  const failed = await project.run("up", "--yes", "--skip-preview");
  expect(failed.rc).not.toBe(0);
  expect(failed.text).toMatch(/host1: took back what was to make LinkState eth0, as eth0 carries the SSH connection: no new SSH connection confirmed it in time: .* It is as it was before/);

  project.program(program(`new linuxnet.Address("right", { host, dev: "eth0", address: "10.77.0.1/24", confirmTimeout: 10 });`));
  way.admitOne();
  const { process } = await project.start("up", "--yes", "--skip-preview");
  await applied(name, "host1");
  const { providers, others } = children(process.pid!);
  process.kill("SIGKILL");
  await process;
  await over(name, "host1");
  expect(await onHost(name, "host1", "ip -br addr show eth0")).not.toContain("10.77.0.1");
  while (providers.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
  others.filter(runs).forEach((pid) => globalThis.process.kill(pid));
  way.open();

  await project.run("cancel", "--yes");
  const told = /warning: host1: a change that nobody confirmed was taken back \(test\/test\/Address\/right: make Address eth0 10\.77\.0\.1\/24\)/;
  expect((await project.must("preview")).text).toMatch(told);
  expect((await project.up()).text).toMatch(told);
  expect(await onHost(name, "host1", "ip -br addr show eth0; ls -A /run/linuxnet")).toMatch(/10\.77\.0\.1[^]*\naddress\S+$/);
});
