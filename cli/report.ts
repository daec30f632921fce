import type { Finding } from "../provider/host/findings.js";
import type { Examined } from "./doctor.js";

const words = { ok: "ok", warning: "warning", fault: "FAULT" } as const satisfies Record<Finding["level"], string>;

/** What was found as a table a host, and in a line what comes of it. */
export function report(all: Examined[]): string {
  const width = Math.max(...all.flatMap(({ findings }) => findings.map(({ subject }) => subject.length)));
  const line = ({ subject, level, found, remedy }: Finding) => {
    const start = `  ${words[level].padEnd("warning".length)}  ${subject.padEnd(width)}  `;
    return `${start}${found}\n${remedy ? `${" ".repeat(start.length)}→ ${remedy}\n` : ""}`;
  };
  return all.map(({ host, findings }) => `${host}: ${verdict(findings)}\n${findings.map(line).join("")}`).join("\n");
}

function verdict(findings: Finding[]): string {
  const count = (level: Finding["level"]) => findings.filter((f) => f.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  if (faults > 0) return "linuxnet cannot work here";
  return warnings > 0 ? `linuxnet can work here; ${warnings === 1 ? "a warning" : `${warnings} warnings`}` : "linuxnet can work here";
}
