import { expect, test } from "vitest";
import { boot, kill } from "../../lab/index.js";
import { over, until } from "./guarded.js";
import { useLab, useProject } from "./lab.js";
import { children, runs } from "./processes.js";
import { changes } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-atomic";
const current = useProject(name, useLab(name, 2, { kernel: ["vxlan"] }));

/** A program that gives both hosts an address and a namespace in one go; `more` comes after. */
const both = (more = "", args = "{ confirmTimeout: 20 }") => `
  const [one, two] = lab.hosts(2).map((h, i) => new linuxnet.Host("host" + (i + 1), h));
  const group = new linuxnet.Atomic("both", ${args});
  const parent = { parent: group };
  const made = [one, two].map((host, i) => {
    new linuxnet.NetworkNamespace("ns" + i, { host, name: "ns1" }, parent);
    return new linuxnet.Address("address" + i, { host, dev: "eth0", address: "10.77.0." + (i + 1) + "/24" }, parent);
  });
  ${more}`;

const hosts = ["host1", "host2"];
/** Whether each host has what it is to be given. */
const there = async () => (await Promise.all(hosts.map((host) => onHost(name, host, "ip -br addr show eth0; ip netns list")))).map((text) => [/10\.77\.0/.test(text), /ns1/.test(text)].join());
const none = ["false,false", "false,false"];
const all = ["true,true", "true,true"];
const ended = () => Promise.all(hosts.map((host) => over(name, host)));

test("what fails on one host is made on none, and an update that knows nothing of it says so", async () => {
  const project = current();
  project.program(both(`new linuxnet.Route("wrong", { host: two, dst: "10.99.0.0/24", via: "10.98.0.1" }, { parent: group, dependsOn: made });`));
  const failed = await project.run("up", "--yes", "--skip-preview");
  expect(failed.text).toMatch(/host2: cannot make Route .*: Error: Nexthop has invalid gateway.*The host took back what was done of it\. Every host of the group goes back to what it was: put right what is wrong, and run `pulumi up --refresh`/);
  await ended();
  expect(await there()).toEqual(none);

  project.program(both());
  const blind = await project.run("up", "--yes", "--skip-preview");
  expect(blind.text).toMatch(/took back what was changed for test\/test\/linuxnet:index:Atomic\/both: .*Nexthop has invalid gateway.*run `pulumi up --refresh`/);
  await project.up("--refresh");
  expect(await there()).toEqual(all);
  expect(await onHost(name, "host1", "ls -A /run/linuxnet")).not.toMatch(/guard|lock/);
  expect(changes(await project.preview())).toEqual([]);
});

test("hosts that reach each other no more, or not what they should, have all taken back; a change of one is confirmed by all", async () => {
  const project = current();
  const cut = `new linuxnet.Route("cut", { host: two, dst: "192.168.32.245/32", type: "blackhole" }, { parent: group, dependsOn: made });`;
  project.program(both(cut));
  expect((await project.run("up", "--yes", "--skip-preview")).text).toMatch(/host[12]: took back what was changed for .*: no answer from 192\.168\.32\.24[56], which answered before/);
  await ended();
  expect(await there()).toEqual(none);

  const reaches = (to: string) => both("", `{ confirmTimeout: 20, reaches: [{ from: lab1, to: "${to}" }] }`).replace("const group", "const lab1 = one; const group");
  project.program(reaches("10.77.0.9"));
  expect((await project.run("up", "--yes", "--skip-preview", "--refresh")).text).toMatch(/host1: no answer from 10\.77\.0\.9\. Every host of the group goes back/);
  await ended();
  expect(await there()).toEqual(none);

  project.program(reaches("10.77.0.2"));
  await project.up("--refresh");
  expect(await there()).toEqual(all);
  project.program(reaches("10.77.0.2").replace('"ns1"', 'i ? "ns1" : "ns2"'));
  expect(changes(await project.preview()).sort()).toEqual(["replace NetworkNamespace ns0", "update AtomicConfirmation both-confirmation"]);
  await project.up();
  expect(await onHost(name, "host1", "ip netns list")).toMatch(/^ns2/);
});

test("where Pulumi is killed, or a host loses power, in the midst, every host is as it was", async () => {
  const project = current();
  const waits = `new linuxnet.Service("wait", { host: two, name: "wait", command: ["sleep", "7777"], ready: { command: ["false"], timeout: 120 } }, { parent: group, dependsOn: made });`;
  project.program(both(waits));
  for (const cut of ["Pulumi", "power"]) {
    const { process } = await project.start("up", "--yes", "--skip-preview", "--refresh");
    await until(name, "host2", "pgrep -f 'slee[p] 7777'"); // the last of the changes, which is never good
    expect(await there()).toEqual(all);
    if (cut === "power") await kill(name, 2);
    else {
      const { providers, others } = children(process.pid!);
      process.kill("SIGKILL");
      await process;
      while (providers.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
      others.filter(runs).forEach((pid) => globalThis.process.kill(pid));
    }
    await over(name, "host1");
    if (cut === "power") await boot(name, 2);
    await process;
    await ended();
    expect(await there()).toEqual(none);
    await project.run("cancel", "--yes");
  }
  project.program(both());
  await project.up("--refresh");
  expect(await there()).toEqual(all);
});
