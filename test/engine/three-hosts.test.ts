import { afterAll, beforeAll, expect, test } from "vitest";
import { down, up } from "../../lab/index.js";
import { overlay, ping } from "./overlay.js";
import { Project } from "./project.js";
import { snapshots, type Snapshot } from "./snapshot.js";

const name = "t-three";
const hosts = ["host1", "host2", "host3"];
let before: Record<string, Snapshot>;

beforeAll(async () => {
  await up({ name, hosts: 3 });
  before = await snapshots(name, hosts);
});
afterAll(() => down(name));

test("three hosts with IPv4 and IPv6 subnets reach each other; a host that comes or goes leaves the others alone", async () => {
  const project = new Project({ env: { LINUXNET_LAB: name } });
  const three = [245, 246, 247].map((n) => [`172.${n}.0.0/24`, `fd00:${n}::/64`]);
  project.program(overlay(three.slice(0, 2)));
  await project.up();
  project.program(overlay(three));
  const added = await project.preview();
  expect(added.filter((s) => s.op !== "same" && s.op !== "create")).toEqual([]);
  await project.up();
  for (const [from, to] of [[245, 246], [246, 247], [247, 245]] as const) {
    await ping(name, from, `172.${to}.0.2`);
    await ping(name, from, `fd00:${to}::2`);
  }
  project.program(overlay(three.slice(0, 2)));
  await project.up();
  await ping(name, 245, "fd00:246::2");
  expect((await snapshots(name, ["host3"])).host3).toEqual(before.host3);
  await project.destroy();
  expect(await snapshots(name, hosts)).toEqual(before);
  project.remove();
});
