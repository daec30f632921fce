// Times the two-host overlay on the lab: `npm run bench`. Writes bench/overlay.md.
import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import lab from "../dist/lab/index.js";

const RUNS = 3;
const name = "bench";
const state = mkdtempSync(join(tmpdir(), "linuxnet-bench-"));
const env = { ...(await lab.engineEnv()), LINUXNET_LAB: name, PULUMI_BACKEND_URL: `file://${state}?metadata=skip`, PULUMI_CONFIG_PASSPHRASE: "", PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
const steps = [
  ["preview, nothing there yet", ["preview"]],
  ["up, 30 resources", ["up", "--yes", "--skip-preview"]],
  ["up, nothing to do", ["up", "--yes", "--skip-preview"]],
  ["refresh", ["refresh", "--yes", "--skip-preview"]],
  ["destroy", ["destroy", "--yes", "--skip-preview"]],
];
const seconds = async (work) => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
};
const times = new Map([["boot two hosts until ssh answers", []], ...steps.map(([what]) => [what, []])]);
try {
  for (let run = 0; run < RUNS; run++) {
    times.get("boot two hosts until ssh answers").push(await seconds(() => lab.up({ name, hosts: 2 })));
    if (run === 0) await execa("pulumi", ["stack", "init", "bench"], { env });
    for (const [what, command] of steps) times.get(what).push(await seconds(() => execa("pulumi", [...command, "--stack", "bench", "--non-interactive"], { env })));
    await lab.down(name);
  }
} finally {
  await lab.down(name);
  rmSync(state, { recursive: true, force: true });
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = [...times].map(([what, list]) => `| ${what} | ${Math.min(...list).toFixed(1)} | ${median(list).toFixed(1)} |`);
writeFileSync(
  join(import.meta.dirname, "overlay.md"),
  `# The vxlan-overlay example on the lab

Seconds, least and median of ${RUNS} runs by \`npm run bench\`, on ${cpus().length} cores of ${cpus()[0].model.trim()}, Node.js ${process.version}; two User-Mode Linux hosts on
the same machine, in which starting a process takes 30 to 50 ms. An empty Pulumi program takes about 3 s of that CPU by itself.

| | least | median |
| --- | --- | --- |
${rows.join("\n")}
`,
);
