import { spawnSync } from "node:child_process";
import { fold } from "../../network/fold.js";
import type { HostFacts } from "../../network/facts.js";
import type { Network } from "../../network/network.js";
import type { Flow } from "../../network/walk/packet.js";
import { walk, type Prediction } from "../../network/walk/walk.js";
import { networkOf } from "../../provider/network.js";
import { checked, Kernel } from "./kernel.js";
import { PORT, topology, type Declaration, type Topology } from "./topology.js";

/** The setting by which rules see what crosses a bridge, which new namespaces have as this kernel has it. */
const bridged = ["net/bridge/bridge-nf-call-iptables"].flatMap((path) => {
  const { stdout } = spawnSync("unshare", ["-n", "cat", `/proc/sys/${path}`], { encoding: "utf8" });
  return stdout ? [[path, stdout.trim()]] : [];
});

/** The settings of hosts and namespaces that nobody has changed. */
const settings = {
  ...(Object.fromEntries(bridged) as Record<string, string>), "net/ipv4/ip_forward": "0", "net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0" };

/** What a host of a topology is before anything is declared on it. */
const factsOf = (address: string, i: number): HostFacts => ({ uplink: "eth0", mtu: 1500, mac: `02:00:0a:62:00:0${i + 1}`, address, prefix: 24, complete: true, ground: { sysctls: settings, inherited: settings, foreign: {} } });

/** The network that declarations are. */
export function networkFor(hosts: Topology["hosts"], declarations: readonly Declaration[]): Network {
  const facts = Object.fromEntries(Object.entries(hosts).map(([host, address], i) => [host, factsOf(address, i)]));
  return fold(facts, declarations.flatMap((d) => networkOf(d.type, d.name, d.host, checked(d))));
}

export interface Compared {
  seed: number;
  flow: Flow;
  predicted: Prediction;
  answered: boolean;
}

export interface Outcome {
  flows: Compared[];
  refused: Kernel["refused"];
  network: Network;
}

/** Whether prediction and kernel contradict each other. Who listens is no matter of the network. */
export const disagrees = ({ flow, predicted: { verdict, socket }, answered }: Compared) => verdict !== "unknown" && (verdict === "reached" && (flow.protocol === "icmp" || socket!.port === PORT)) !== answered;

/** Builds a topology and compares what the model says of its flows with what the kernel does. */
export async function compare(seed: number): Promise<Outcome> {
  const prefix = `model-${process.pid}-${seed}`;
  const planned = topology(seed, prefix);
  const kernel = await Kernel.build(prefix, planned);
  try {
    const made = planned.declarations.filter((d) => !kernel.refused.some((r) => r.declaration === d));
    const network = networkFor(planned.hosts, made);
    const flows: Compared[] = [];
    for (const flow of planned.flows) {
      const compared: Compared = { seed, flow, predicted: walk(network, flow), answered: await kernel.send(flow) };
      // A busy machine may be late, never early.
      for (let again = 0; again < 3 && disagrees(compared) && !compared.answered; again++) compared.answered = await kernel.send(flow);
      flows.push(compared);
    }
    return { flows, refused: kernel.refused, network };
  } finally {
    await kernel.down();
  }
}

/** A comparison as a person reads it. */
export const told = ({ seed, flow, predicted, answered }: Compared): string =>
  [`topology ${seed}: ${JSON.stringify(flow)} is ${answered ? "" : "not "}answered, and was predicted to be ${predicted.verdict}${predicted.reason && `: ${predicted.reason}`}`, ...predicted.hops.map((h) => `${h.netns || h.host}: ${h.what}`)].join("\n  ");
