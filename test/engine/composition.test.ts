import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stateIn } from "../../lab/local-state.js";
import { useLab } from "./lab.js";
import { changes, Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-compose";
const lab = useLab(name, 2, { kernel: ["vxlan"] });

test("an overlay within a component of the user's own, whose outputs another stack builds on, and a transform that reaches all of it", async () => {
  const state = mkdtempSync(join(tmpdir(), "linuxnet-state-"));
  const env = { LINUXNET_LAB: name, PULUMI_BACKEND_URL: stateIn(state) };
  const [network, app] = ["network", "app"].map((part) => new Project({ folder: `examples/composition/${part}`, env })) as [Project, Project];
  onTestFinished(async () => {
    for (const project of [app, network]) {
      await project.destroy();
      project.remove();
    }
    rmSync(state, { recursive: true });
    await lab.unchanged();
  });
  await network.up();
  await app.up("--config", "network=organization/composition-network/test");
  expect(await onHost(name, "host1", "ip netns exec nsblue1 curl -s --max-time 5 http://10.42.2.2/")).toBe('{"Age":12,"Msg":"hello from team blue"}');
  expect(await onHost(name, "host2", "ip link show brblue2; ip link show vethblue2")).toMatch(/alias team blue[^]*alias team blue/);
  expect(await onHost(name, "host2", "ps -o user= -C perl")).toBe("nobody");
  expect(changes(await app.preview("--refresh"))).toEqual([]);
});

/** Two links, the second by options of a program's. */
const program = (options: string, more = "", body = "mtu: 1400") => `
  const host = new linuxnet.Host("h", lab.hosts(1)[0]);
  const first = new linuxnet.Bridge("first", { host, name: "first" });
  class Team extends pulumi.ComponentResource { constructor(name, opts) { super("acme:net:Team", name, {}, opts); } }
  ${more}
  const second = new linuxnet.Bridge(SECOND, { host, name: "second", ${body} }, { ${options} });`;

const named = (text: string, own: string) => text.replace("SECOND", JSON.stringify(own));
const show = () => onHost(name, "host1", "ip -o link show dev second");

test("Pulumi's own options do to a kernel object what they do to any resource", async () => {
  const project = new Project({ env: { LINUXNET_LAB: name } });
  onTestFinished(() => project.remove());
  const run = async (text: string) => {
    project.program(text);
    const steps = changes(await project.preview());
    await project.up();
    return steps;
  };
  await run(named(program("dependsOn: first, protect: true"), "old"));
  const { deployment } = JSON.parse((await project.must("stack export")).stdout);
  expect(deployment.resources.find((r: { urn: string }) => r.urn.endsWith("::old")).dependencies.map((urn: string) => urn.split("::").at(-1)).sort()).toEqual(["first", "h"]);
  const index = (await show()).split(":")[0];

  // What is protected stays.
  const refused = await project.run("destroy", "--yes", "--skip-preview");
  expect(refused.rc).not.toBe(0);
  expect(refused.text).toMatch(/protected/);
  expect((await show()).split(":")[0]).toBe(index);

  // Another name and another parent, with aliases: the object is the same.
  const moved = named(program('parent: team, aliases: [{ name: "old", parent: pulumi.rootStackResource }], ignoreChanges: ["mtu"]', 'const team = new Team("team");', "mtu: 1300"), "new");
  expect((await run(moved)).filter((step) => !step.includes("Team"))).toEqual(["update Bridge new"]);
  expect(await show()).toMatch(new RegExp(`^${index}: second: .* mtu 1400 `));

  // A change that the kernel takes in place, replaced because the program wants that; and then left behind.
  const replaced = named(program('parent: team, replaceOnChanges: ["mtu"], retainOnDelete: true, deleteBeforeReplace: true', 'const team = new Team("team");', "mtu: 1300"), "new");
  expect(await run(replaced)).toEqual(expect.arrayContaining([expect.stringMatching(/replace Bridge new/)]));
  await project.destroy();
  expect((await tryOnHost(name, "host1", "ip link show dev first")).rc).not.toBe(0);
  expect(await show()).toContain("mtu 1300");
  await onHost(name, "host1", "ip link del dev second; rm -r /run/linuxnet");
  await lab.unchanged();
});
