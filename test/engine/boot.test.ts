import { expect, test } from "vitest";
import { boot, kill } from "../../lab/index.js";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-boot";
const lab = useLab(name, 2, { own: "what a power cut leaves on a disk is for a kernel to say", disks: true });
const project = useProject(name, lab);

/** Cuts the power of hosts and gives it back. */
async function powerCut(...hosts: number[]): Promise<void> {
  await Promise.all(hosts.map((k) => kill(name, k)));
  await Promise.all(hosts.map((k) => boot(name, k)));
}

/** Both ways, as soon as it works: the boot goes on after ssh answers. */
async function pings(): Promise<void> {
  await expect.poll(() => ping(name, 245, "172.246.0.2"), { timeout: 60_000 }).toContain("1 received");
  await expect.poll(() => ping(name, 246, "172.245.0.2"), { timeout: 60_000 }).toContain("1 received");
}

const restore = () => onHost(name, "host1", "cat /etc/linuxnet/test.test/restore");

test("hosts that lost their power have their network again without Pulumi, which then finds nothing to do", async () => {
  project().program(`${overlay(two)}
    hosts.forEach((host, i) => new linuxnet.BootPersistence("boot" + (i + 1), { host }));`);
  const script = (await project().preview()).find((s) => s.name === "boot1")!.inputs.script as string;
  await project().up();
  // What the preview showed is what the host has.
  expect(script).toContain("ip link add name vtep245");
  expect(await restore()).toBe(script.trim());

  await powerCut(1);
  await pings();
  await powerCut(1, 2);
  await pings();
  expect(await onHost(name, "host1", "cat /run/linuxnet/link++vtep245")).toContain('"owner":"test/test/');
  expect(await onHost(name, "host2", "cat /run/linuxnet/sysctl*ip_forward")).toContain('"found":{"key":"net.ipv4.ip_forward","value":"0"}');
  expect(changes(await project().preview("--refresh"))).toEqual([]);

  await project().destroy();
  await lab.unchanged();
  await powerCut(1);
  await lab.unchanged(["host1"]);
});

/** A server that says who it is by its environment, and what it lives on, on one host. */
const single = (address: string, more = "") => `
  const host = new linuxnet.Host("host1", lab.hosts(1)[0]);
  const boot = new linuxnet.BootPersistence("boot", { host });
  const ns = new linuxnet.NetworkNamespace("ns", { host, name: "ns1" });
  ns.name.apply((netns) => new linuxnet.LinkState("lo", { host, netns, dev: "lo", up: true }));
  new linuxnet.Address("a", { host, netns: ns.name, dev: "lo", address: "${address}" });
  ${more}`;

test("what is run at boot is kept in step with the program, and right", async () => {
  project().program(single("10.9.0.1/32"));
  await project().up();
  project().program(single("10.9.0.2/32"));
  const { text } = await project().must("preview", "--diff");
  expect(text).toMatch(/^\s*- ip -n ns1 addr add 10.9.0.1\/32/m);
  expect(text).toMatch(/^\s*\+ ip -n ns1 addr add 10.9.0.2\/32/m);
  await project().up();
  // Also what is declared only when something else is there.
  expect(await restore()).toMatch(/ip -n ns1 link set dev lo up\n/);

  await onHost(name, "host1", "rm /etc/rc.local; echo exit >/etc/linuxnet/test.test/restore");
  expect(changes(await project().preview("--refresh"))).toEqual(["update BootPersistence boot"]);
  project().program(single("10.9.0.2/32", `new linuxnet.Service("web", { host, name: "web", netns: ns.name, command: ["sleep", "76543"], env: { TOKEN: pulumi.secret("sesame") } });`));
  const done = await project().up("--refresh", "--diff");
  expect(done.text).toMatch(/~ 1 updated/);
  expect(done.text).not.toContain("sesame");
  expect(await onHost(name, "host1", "stat -c %a /etc/linuxnet/test.test/restore")).toBe("700");
  await project().must("refresh", "--yes", "--skip-preview");
  expect((await project().must("stack export")).stdout).not.toContain("sesame");

  await powerCut(1);
  await expect.poll(() => onHost(name, "host1", "ip netns pids ns1 | while read p; do tr '\\0' '\\n' </proc/$p/environ; done | grep TOKEN || true"), { timeout: 60_000 }).toBe("TOKEN=sesame");
  expect(await onHost(name, "host1", "ip -n ns1 -br addr")).toMatch(/10.9.0.2\/32/);
  expect(changes(await project().preview("--refresh"))).toEqual([]);
});

test("what cannot be restored is said before anything is done", async () => {
  project().program(single("10.9.0.1/32", `
    const web = new linuxnet.Service("web", { host, name: "web", command: ["true"] });
    new linuxnet.ContainerNamespace("c", { host, name: "c", pid: web.pid });
    new linuxnet.NetworkNamespace("after", { host, name: "after" }, { dependsOn: boot });`));
  const { rc, text } = await project().run("preview");
  expect(rc).not.toBe(0);
  expect(text).toContain("ContainerNamespace c: pid: a process has another number after a reboot: name the container instead");
  expect(text).toContain("NetworkNamespace after: depends on BootPersistence boot, which comes after all that is on the host");
  project().program(single("10.9.0.1/32", `new linuxnet.BootPersistence("twice", { host });`));
  expect((await project().run("preview")).text).toMatch(/BootPersistence (boot|twice): is the same object as BootPersistence (boot|twice): host1 boot test.test/);
  project().program(`const host = new linuxnet.Host("host1", lab.hosts(1)[0]);
    const boot = new linuxnet.BootPersistence("boot", { host });
    boot.name.apply((name) => new linuxnet.NetworkNamespace("late", { host, name: "late" }));`);
  expect((await project().run("preview")).text).toContain("NetworkNamespace late: is declared too late for BootPersistence boot, which has all of its own already: declare it before that");
});
