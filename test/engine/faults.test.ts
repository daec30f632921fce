import { expect, test } from "vitest";
import { faults, survive, type Fault } from "./faults.js";
import { useLab, useProject } from "./lab.js";
import { overlay, ping, two } from "./overlay.js";

const name = "t-fault";
const lab = useLab(name, 2, { kernel: ["vxlan"] });
const current = useProject(name, lab);

// The short form of `npm run test:faults`: each fault at one command, those far apart.
test("whatever befalls an up, the next one succeeds, and destroy leaves the hosts as they were", async () => {
  const project = current();
  project.program(overlay(two, { backend: "vxlan" }));
  const works = () => ping(name, 245, "172.246.0.2");
  for (const [i, fault] of (Object.keys(faults) as Fault[]).entries()) {
    const at = 1 + 4 * i;
    const command = await survive(project, { lab: name, host: "host1", at, fault, works, unchanged: () => lab.unchanged() });
    expect(command, `${fault} before command ${at}`).toBeDefined();
    console.info(`${fault} before command ${at} (${command}): up, ping and destroy as if nothing had been`);
  }
}, 10 * 60_000);
