import { describe, expect, test } from "vitest";
import { boot, kill } from "../../lab/index.js";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

describe("on any host", () => {
  const name = "t-life";
  const current = useProject(name, useLab(name, 2, { kernel: ["vxlan"] }));

  test("another VNI replaces the VTEP with all that lives on it and nothing else", async () => {
    const project = current();
    project.program(overlay(two));
    await project.up();
    project.program(overlay(two, { vni: 7 }));
    const replaced = ["Vxlan vtep", "Address vtep-address", "Routes routes", "Neighbours neighbours", "FdbEntries fdb"];
    expect(changes(await project.preview()).sort()).toEqual([245, 246].flatMap((n) => replaced.map((r) => `replace ${r.replace(" ", ` o-${n}-`)}`)).sort());
    await project.up();
    expect(await onHost(name, "host1", "ip -d link show vtep245")).toContain("vxlan id 7");
    await ping(name, 245, "172.246.0.2");
  });
});

describe("on machines with a kernel of their own", () => {
  const name = "t-power";
  const current = useProject(name, useLab(name, 2, { own: "a power cut of a whole machine" }));

  test("what a hand changed, and what a power cut took, is seen by refresh and repaired", async () => {
    const project = current();
    project.program(overlay(two));
    await project.up();
    await onHost(name, "host1", "ip link set br245 mtu 1300; ip route del 172.246.0.0/24; ip neigh del 172.246.0.0 dev vtep245; sysctl -qw net.ipv4.ip_forward=0");
    const seen = (await project.must("refresh", "--yes", "--skip-preview")).text;
    expect(seen).toMatch(/Resources:\n\s+~ 2 updated\n\s+- 2 deleted/);
    expect(changes(await project.preview()).sort()).toEqual(["create Neighbours o-245-neighbours", "create Routes o-245-routes", "update Bridge o-245-bridge", "update Sysctl host1-forwarding"]);
    await project.up();
    await ping(name, 245, "172.246.0.2");

    await kill(name, 1);
    await boot(name, 1);
    expect((await tryOnHost(name, "host1", "ip netns exec ns245 true")).rc).not.toBe(0);
    await project.up("--refresh");
    await ping(name, 245, "172.246.0.2");
    await ping(name, 246, "172.245.0.2");
  });
});
