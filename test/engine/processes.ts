import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The processes that an engine has started: its dynamic providers, and what else. */
export function children(pid: number): { providers: number[]; others: number[] } {
  const all = readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number));
  const isProvider = (child: number) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("pulumi-resource-");
  return { providers: all.filter(isProvider), others: all.filter((child) => !isProvider(child)) };
}

/** Whether a process is there and not a zombie. */
export function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
