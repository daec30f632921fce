import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { arm, counted, disarm, faults, survive, type Fault } from "../engine/faults.js";
import { useLab, type Needs } from "../engine/lab.js";
import { overlay, ping, two } from "../engine/overlay.js";
import { Project } from "../engine/project.js";

const kinds = Object.keys(faults) as Fault[];
/** What each back-end needs of its hosts. */
const needs: Record<string, Needs> = { "host-gw": {}, ipip: { modules: ["ipip"] }, vxlan: { kernel: ["vxlan"] } };
const backends = (process.env.BACKENDS ?? Object.keys(needs).join(",")).split(",");

/** A command's outcome by fault: undefined where it was not tried. */
const rows = new Map<string, { at: number; command: string; outcome: Partial<Record<Fault, string>> }[]>();

/** What says most of an error of many lines. */
const told = (message: string) => /^.*\berror: (?!update failed).*$/m.exec(message)?.[0].trim() ?? message.split("\n")[0]!;

/** Every command that changes host1 in an overlay's up, and every fault before it. */
describe.each(backends)("an up of the %s overlay", (backend) => {
  const name = `t-matrix-${backend}`;
  const lab = useLab(name, 2, needs[backend]);

  test("interrupted before each of its commands", async () => {
    const project = new Project({ program: overlay(two, { backend }), env: { LINUXNET_LAB: name } });
    const list: NonNullable<ReturnType<typeof rows.get>> = [];
    rows.set(backend, list);
    try {
      await arm(name, "host1", 0);
      await project.up();
      const commands = await counted(name, "host1");
      await disarm(name, "host1");
      await project.destroy();
      for (let at = 1; at <= commands; at++) {
        const row = { at, command: "", outcome: {} as Partial<Record<Fault, string>> };
        list.push(row);
        for (const fault of kinds) {
          const command = await survive(project, { lab: name, host: "host1", at, fault, works: () => ping(name, 245, "172.246.0.2"), unchanged: () => lab.unchanged() }).catch((error: Error) => error);
          row.outcome[fault] = command instanceof Error ? told(command.message) : "as if nothing had been";
          if (!(command instanceof Error)) row.command = command ?? "";
          console.info(`${backend} ${at}/${commands} ${fault}: ${row.outcome[fault]}`);
          expect.soft(row.outcome[fault], `${backend}, ${fault} before ${at}`).toBe("as if nothing had been");
          if (command instanceof Error) await project.run("cancel", "--yes").then(() => project.destroy()).catch(() => undefined);
        }
      }
    } finally {
      await project.destroy().catch(() => undefined);
      project.remove();
    }
  }, 24 * 3600_000);
});

afterAll(() => {
  const generic = (command: string) => command.replaceAll(/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, "MAC").replaceAll("|", "\\|");
  const table = ([backend, list]: [string, NonNullable<ReturnType<typeof rows.get>>]) => `## ${backend}

| | interrupted before | ${kinds.join(" | ")} |
| --- | --- | ${kinds.map(() => "---").join(" | ")} |
${list.map((r) => `| ${r.at} | \`${generic(r.command)}\` | ${kinds.map((k) => (r.outcome[k] === "as if nothing had been" ? "✓" : (r.outcome[k] ?? ""))).join(" | ")} |`).join("\n")}
`;
  const file = resolve(__dirname, "../../docs/faults.md");
  const before = existsSync(file) ? readFileSync(file, "utf8").split(/^(?=## )/m).slice(1) : [];
  const sections = new Map([...before.map((text) => [/^## (\S+)/.exec(text)![1]!, text.trimEnd()] as const), ...[...rows].map((row) => [row[0], table(row).trimEnd()] as const)]);
  writeFileSync(file, `# Interrupted runs

Made by \`npm run test:faults\` on two lab hosts. In each cell a \`pulumi up\` of a two-host overlay is interrupted just before one of the commands that change
host1: Pulumi's engine is killed (\`kill -9\`), its provider process is killed, the SSH connection is cut, or the host's power. The order of commands
that do not depend on each other differs from run to run. ✓ says that then

1. \`pulumi up --refresh\` succeeds with no hand work on the hosts (after a killed engine \`pulumi cancel\` first frees Pulumi's own lock of its state),
2. a ping crosses the overlay,
3. \`pulumi destroy\` leaves both hosts exactly as they were before: links, addresses, routes, rules, neighbours, FDB, sysctls, namespaces, files.

${[...sections].sort().map(([, text]) => text).join("\n\n")}
`);
});
