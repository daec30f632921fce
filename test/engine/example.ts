import { expect } from "vitest";
import { unknownValue } from "../../provider/unknown.js";
import type { useLab } from "./lab.js";
import { Project } from "./project.js";

/**
 * One story of an example: its preview knows every value but those named and touches nothing, it goes up, does what `prove` tells, a second update has nothing
 * to do, and destroy leaves the hosts exactly as before.
 */
export async function story(example: string, name: string, lab: ReturnType<typeof useLab>, config: Record<string, string>, prove: (project: Project) => Promise<void>, unknown: string[] = []): Promise<void> {
  const project = new Project({ folder: `examples/${example}`, env: { LINUXNET_LAB: name } });
  try {
    const first = await project.preview(...Object.entries(config).flatMap(([key, value]) => ["--config", `${key}=${value}`]));
    expect(JSON.stringify(first.map((s) => s.inputs), (key, value: unknown) => (unknown.includes(key) ? undefined : value))).not.toContain(unknownValue);
    await lab.unchanged();
    await project.up();
    await prove(project);
    expect((await project.up("--refresh")).text).toMatch(/Resources:\n\s+\d+ unchanged/);
  } finally {
    await project.destroy();
    project.remove();
  }
  await lab.unchanged();
}
