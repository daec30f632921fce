import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-under";
const current = useProject(name, useLab(name, 2, { kernel: ["vxlan"] }));

test("an overlay over IPv6 has 20 bytes less; with IPv4 and another subnet only the VTEPs and what lives on them are made anew", async () => {
  const project = current();
  project.program(overlay(two, { underlay: 6 }));
  await project.up();
  const large = (bytes: number) => tryOnHost(name, "host1", `ip netns exec ns245 ping -c 1 -W 2 -M do -s ${bytes - 28} 172.246.0.2`);
  expect((await large(1430)).text).toContain("1 received");
  expect((await large(1431)).text).toContain("too long");

  project.program(overlay(["172.248.0.0/24", "172.246.0.0/24"]));
  expect(changes(await project.preview()).filter((c) => /replace (Veth|Network|Bridge)/.test(c))).toEqual([]);
  await project.up();
  await ping(name, 245, "172.246.0.2");
  await ping(name, 246, "172.248.0.2");
  expect((await large(1450)).text).toContain("1 received");
  expect(await onHost(name, "host1", "ip -br -4 addr show br245; ip -n ns245 -br -4 addr show eth0")).not.toContain("172.245.");
});
