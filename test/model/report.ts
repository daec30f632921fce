import { writeFileSync } from "node:fs";
import { release } from "node:os";
import { disagrees, told, type Outcome } from "./compare.js";

/** Reasons as sorts: without names and numbers. */
const sortOf = (reason: string) => reason.replaceAll(/\bmodel-\d+-\w+/g, "X").replaceAll(/\b\d+\.\d+\.\d+\.\d+(\/\d+)?/g, "A").replaceAll(/\b[vebx]\d+\b/g, "L");

/** What a comparison of the model with this machine's kernel has shown, as a page. */
export function writeReport(file: string, first: number, outcomes: readonly Outcome[]): void {
  const flows = outcomes.flatMap((o) => o.flows);
  const count = (protocol: string, verdict: string) => flows.filter((f) => f.flow.protocol === protocol && f.predicted.verdict === verdict).length;
  const wrong = flows.filter(disagrees);
  const unsure = flows.filter((f) => f.predicted.verdict === "unknown").map((f) => sortOf(f.predicted.reason));
  const unknown = new Map(unsure.map((reason) => [reason, unsure.filter((r) => r === reason).length]));
  const losses = new Set(flows.filter((f) => f.predicted.verdict === "lost").map((f) => sortOf(f.predicted.reason)));
  const rows = ["icmp", "tcp", "udp"].map((p) => `| ${p} | ${["reached", "lost", "unknown"].map((v) => count(p, v)).join(" | ")} | ${wrong.filter((f) => f.flow.protocol === p).length} |`);
  writeFileSync(
    file,
    `# The model against the kernel

What [the model](reachability.md#the-model) predicts of a flow, and what a kernel then does with its packets, in networks that nobody drew: hosts with namespaces at bridges, at cables of their own or one behind
the other; plain routes, vxlan as flannel has it, or one subnet stretched over all hosts; rules, policies, translations, MTUs; and the mistakes that people make. Made by \`npm run model\` on
${new Date().toISOString().slice(0, 10)}, kernel ${release()}; \`npm test\` repeats the first few.

**${outcomes.length} topologies (seeds ${first} to ${first + outcomes.length - 1}), ${flows.length} flows, ${wrong.length} on which model and kernel disagree.** The losses are of ${losses.size} sorts.

| flows | predicted reached | lost | unknown | disagreements |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

Where the model says \`unknown\`, it is because:

${[...unknown].sort(([, a], [, b]) => b - a).map(([reason, n]) => `- ${n}: ${reason}`).join("\n") || "- (none)"}
${wrong.length > 0 ? `\nThe disagreements:\n\n\`\`\`\n${wrong.map(told).join("\n")}\n\`\`\`\n` : ""}
Not compared so far: IPv6, tunnels other than vxlan (this machine's kernel has none), VLANs.
`,
  );
}
