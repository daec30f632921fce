import { expect, test } from "vitest";
import { useLab } from "./lab.js";
import { Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-stacks";
const lab = useLab(name, 1);

/** A stack that wants forwarding, and a namespace of its own. */
const program = (ns: string) => `
  const host = new linuxnet.Host("h", lab.hosts(1)[0]);
  new linuxnet.Sysctl("forwarding", { host, key: "net.ipv4.ip_forward", value: 1 });
  new linuxnet.NetworkNamespace("n", { host, name: "${ns}" });`;

test("two stacks go up at once on one host, share what both want alike, and the last that goes gives it back", async () => {
  const [one, two] = ["one", "two"].map((ns) => new Project({ name: ns, program: program(ns), env: { LINUXNET_LAB: name } })) as [Project, Project];
  const forwards = () => onHost(name, "host1", "cat /proc/sys/net/ipv4/ip_forward");
  try {
    await Promise.all([one.up(), two.up()]);
    expect(await onHost(name, "host1", "ip netns list | sort")).toMatch(/^one\b[^]*\ntwo\b/);
    await one.destroy();
    expect(await forwards()).toBe("1");
    expect((await tryOnHost(name, "host1", "ip netns exec two true")).rc).toBe(0);
    await two.destroy();
    expect(await forwards()).toBe("0");
  } finally {
    for (const project of [one, two]) {
      await project.destroy();
      project.remove();
    }
  }
  await lab.unchanged();
});
