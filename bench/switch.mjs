// Measures the outage of each change of an overlay's back-end on the lab, by pings every 20 ms: `npm run bench`. Writes bench/switch.md.
import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import lab from "../dist/lab/index.js";

const RUNS = 3;
const EVERY = 20; // ms between pings
const name = "bench-switch";
const state = mkdtempSync(join(tmpdir(), "linuxnet-bench-"));
const env = { ...(await lab.engineEnv()), LINUXNET_LAB: name, PULUMI_BACKEND_URL: `file://${state}?metadata=skip`, PULUMI_CONFIG_PASSPHRASE: "" };
const config = join(state, "Pulumi.bench.yaml");
const pulumi = (...words) => execa("pulumi", [...words, "--stack", "bench", "--non-interactive", "--config-file", config], { env, cwd: join(import.meta.dirname, "../examples/overlay-switch") });
const onHost = (line) => execa("ssh", ["-F", lab.info(name).sshConfig, "host1", line]);
const backends = ["host-gw", "ipip", "vxlan", "host-gw"];
const changes = backends.slice(1).map((to, i) => ({ from: backends[i], to, lost: [], seconds: [] }));
try {
  await lab.up({ name, hosts: 2 });
  await execa("pulumi", ["stack", "init", "bench", "--non-interactive"], { env, cwd: join(import.meta.dirname, "../examples/overlay-switch") });
  for (let run = 0; run < RUNS; run++) {
    await pulumi("config", "set", "backend", backends[0]);
    await pulumi("up", "--yes", "--skip-preview");
    for (const change of changes) {
      await pulumi("config", "set", "backend", change.to);
      const pings = onHost(`ip netns exec ns245 ping -n -i ${EVERY / 1000} -w 120 -W 1 172.246.0.2 | tail -n 3`);
      const begun = performance.now();
      await pulumi("up", "--yes", "--skip-preview");
      change.seconds.push((performance.now() - begun) / 1000);
      await onHost("pkill -INT -x ping");
      const [sent, received] = /(\d+) packets transmitted, (\d+) received/.exec((await pings).stdout).slice(1).map(Number);
      change.lost.push(sent - received);
      console.log(`${change.from} → ${change.to}: ${sent - received} of ${sent} pings lost, up took ${change.seconds.at(-1).toFixed(1)} s`);
    }
  }
  await pulumi("destroy", "--yes", "--skip-preview");
} finally {
  await lab.down(name);
  rmSync(state, { recursive: true, force: true });
}
const rows = changes.map(({ from, to, lost, seconds }) => `| ${from} → ${to} | ${lost.map((n) => `${n * EVERY} ms`).join(", ")} | ${Math.min(...seconds).toFixed(1)} |`);
writeFileSync(
  join(import.meta.dirname, "switch.md"),
  `# Changing an overlay's back-end

The outage of each change in ${RUNS} runs of \`npm run bench\`: pings every ${EVERY} ms from ns245 to ns246 while \`pulumi up\` changes the back-end of the overlay-switch example; each that got no
answer counts ${EVERY} ms. On ${cpus().length} cores of ${cpus()[0].model.trim()}; two User-Mode Linux hosts on the same machine.

| change | outage | pulumi up, seconds (least) |
| --- | --- | --- |
${rows.join("\n")}
`,
);
