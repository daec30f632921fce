import { execFileSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { compare, disagrees, told, type Outcome } from "../model/compare.js";
import { writeReport } from "../model/report.js";

/** A handful in every run; `npm run model` tries many, and writes down what came of it. */
const [first, last] = (process.env.TOPOLOGIES ?? "1-8").split("-").map(Number) as [number, number];

/** Why this machine's own kernel cannot have the topologies; undefined where it can. */
function unable(): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root";
  const trial = ["ip link add br0 type bridge", "ip link add vx0 type vxlan id 1 dstport 1", "ip link add v0 type veth peer name v1", "ip link add link v0 name m0 type macvlan", "iptables-nft -N linuxnet", "perl -MIO::Socket::INET -e 1"];
  try {
    execFileSync("unshare", ["-n", "sh", "-ec", trial.join("\n")], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `this machine's kernel lacks something: ${(error as Error).message}`;
  }
}

const why = unable();
if (why) console.warn(`the model is not compared with a kernel: ${why}`);

const outcomes: Outcome[] = [];
afterAll(() => {
  if (process.env.REPORT) writeReport(process.env.REPORT, first, outcomes);
});

test.skipIf(why).each(Array.from({ length: last - first + 1 }, (_, i) => first + i))("the kernel does with topology %i what the model says", async (seed) => {
  const outcome = await compare(seed);
  outcomes.push(outcome);
  expect(outcome.flows.filter(disagrees).map(told)).toEqual([]);
});
