import { expect, test } from "vitest";
import { useLab } from "./lab.js";
import { ping } from "./overlay.js";
import { changes, Project } from "./project.js";

const name = "t-mesh";
const lab = useLab(name, 4, { kernel: ["vxlan"] });

test("a mesh of three hosts becomes one of four, and only what must change does", async () => {
  const project = new Project({ folder: "examples/mesh", env: { LINUXNET_LAB: name } });
  try {
    await project.must("config set size", "3");
    await project.up();
    await project.must("config set size", "4");
    const changed = changes(await project.preview());
    const others = [245, 246, 247].flatMap((n) => ["Routes routes", "Neighbours neighbours", "FdbEntries fdb"].map((r) => `update ${r.replace(" ", ` mesh-${n}-`)}`));
    expect(changed.filter((c) => !/^create .*(mesh-248-|host4)/.test(c)).sort()).toEqual(others.sort());
    await project.up();
    for (const from of [245, 246, 247, 248]) {
      for (const to of [245, 246, 247, 248]) if (from !== to) await ping(name, from, `172.${to}.0.2`);
    }
  } finally {
    await project.destroy();
    project.remove();
  }
  await lab.unchanged();
});
