import { describe, expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { overlay, ping } from "./overlay.js";
import { changes } from "./project.js";

describe("by tunnels that a module makes", () => {
  const name = "t-both";
  const current = useProject(name, useLab(name, 2, { modules: ["ipip", "sit"] }));

  test("IPv4 and IPv6 cross ipip and host-gw overlays too", async () => {
    const project = current();
    const both = [245, 246].map((n) => [`172.${n}.0.0/24`, `fd00:${n}::/64`]);
    for (const backend of ["ipip", "host-gw"]) {
      project.program(overlay(both, { backend }));
      await project.up();
      await ping(name, 245, "172.246.0.2");
      await ping(name, 246, "fd00:245::2");
    }
  });
});

describe("by VXLAN", () => {
  const name = "t-three";
  const current = useProject(name, useLab(name, 3, { kernel: ["vxlan"] }));

  test("three hosts with IPv4 and IPv6 subnets reach each other; a host that comes leaves the others alone", async () => {
    const project = current();
    const three = [245, 246, 247].map((n) => [`172.${n}.0.0/24`, `fd00:${n}::/64`]);
    project.program(overlay(three.slice(0, 2)));
    await project.up();
    project.program(overlay(three));
    const added = await project.preview();
    const known = ["Routes routes", "Neighbours neighbours", "FdbEntries fdb"];
    expect(changes(added).filter((c) => !c.startsWith("create")).sort()).toEqual([245, 246].flatMap((n) => known.map((r) => `update ${r.replace(" ", ` o-${n}-`)}`)).sort());
    await project.up();
    for (const [from, to] of [[245, 246], [246, 247], [247, 245]] as const) {
      await ping(name, from, `172.${to}.0.2`);
      await ping(name, from, `fd00:${to}::2`);
    }
  });
});
