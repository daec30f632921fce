import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { hostPlans, labPlan, maxHosts, underlay } from "./plan.js";
import { netnsInode } from "./processes.js";

export interface CaptureOptions {
  /** Which lab; `lab` by default. */
  name?: string;
  /** Where: `host1`, … for one host's wire; the bridge that they share by default. */
  at?: string;
  /** What, as tcpdump's filter: `udp port 8472`. Everything by default. */
  filter?: string;
  /** Reads UDP payload as this, on whatever port: `vxlan` also prints the packet inside. */
  payload?: "vxlan";
  /** Ends by itself after so many packets; 1000 by default. */
  packets?: number;
  /** Ends by itself after so many seconds; 60 by default. */
  seconds?: number;
}

/** A capture that is running. */
export interface Capture {
  /** Ends it. Resolves with a line a packet, as tcpdump prints them; that of a packet inside follows after ` | `. */
  stop(): Promise<string[]>;
}

/** What tcpdump prints, a line a packet: a line that begins with no time continues the one before. */
export function packetLines(printed: readonly string[]): string[] {
  const lines: string[] = [];
  for (const line of printed.filter((l) => l.trim())) {
    if (/^\d\d:\d\d:\d\d\.\d+ /.test(line) || lines.length === 0) lines.push(line);
    else lines[lines.length - 1] += ` | ${line.trim()}`;
  }
  return lines;
}

/**
 * Captures packets between a lab's hosts. Resolves when it has really begun, so what is sent next is in it.
 * @throws when the lab is not up, or with what tcpdump says of the filter
 */
export async function capture(options: CaptureOptions = {}): Promise<Capture> {
  const { name = "lab", at, filter = "", payload, packets = 1000, seconds = 60 } = options;
  const lab = labPlan(name);
  if (!netnsInode(lab.netns)) throw new Error(`The lab "${name}" is not up: run \`npm run lab -- up\``);
  const link = at === undefined ? underlay.bridge : hostPlans(name, maxHosts).find((h) => h.name === at)?.port;
  if (!link) throw new Error(`The lab "${name}" has no ${at}`);
  const tcpdump = ["timeout", "--foreground", String(seconds), "tcpdump", "--immediate-mode", "-l", "-n", "-c", String(packets), "-i", link, ...(payload ? ["-T", payload] : []), filter];
  const child = spawn("ip", ["netns", "exec", lab.netns, ...tcpdump], { stdio: ["ignore", "pipe", "pipe"] });
  const printed: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => printed.push(line));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.stderr.on("data", (data: Buffer) => {
      said += data;
      if (/^listening on /m.test(said)) resolve();
    });
    void ended.then(() => reject(new Error(said.trim() || "tcpdump ended at once")));
  });
  return {
    async stop() {
      child.kill("SIGTERM"); // it prints what it has and ends
      await ended;
      return packetLines(printed);
    },
  };
}
