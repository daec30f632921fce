import * as pulumi from "@pulumi/pulumi";
import { told } from "../network/findings/index.js";
import { walk, type Prediction } from "../network/walk/walk.js";
import type { reachabilityShape } from "../provider/kinds/reachability.js";
import { foresee, nameOf } from "./foresight.js";
import type { Host } from "./host.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import { report } from "./problems.js";
import { thisRun, type Run } from "./run.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface ReachabilityArgs extends Omit<ArgsOf<typeof reachabilityShape>, "netns" | "prediction" | "network" | "verified"> {
  /** Where the packets come from: a host, and a network namespace of it. Default: the host's own namespace. */
  from: { host: Host; netns?: pulumi.Input<string> };
}

export interface Reachability extends OutputsOf<typeof reachabilityShape> {}

/**
 * What must hold of the network: that from a namespace an address is answered, by `ping` or at a port, or that it is not (`holds: false`). The preview predicts it from all that the
 * program declares and from what the hosts are, and fails where that says otherwise, naming what is in the way. The update sends real packets once everything else is
 * there, waits until it is so, and fails where it does not become so; an answer that contradicts the prediction is told as such. What cannot be known beforehand is `unknown`, which is no error. It
 * is asked again whenever the network of the program is another, and by each refresh. More in [reachability.md](reachability.md).
 *
 * Equivalent to: `ip netns exec NETNS ping -c 1 TO`, `ip netns exec NETNS nc -z TO PORT`.
 */
export class Reachability extends KernelObject {
  constructor(name: string, args: ReachabilityArgs, opts?: pulumi.CustomResourceOptions) {
    const { from, ...own } = args;
    const run = thisRun();
    const foresight = foresee(run);
    const way = from?.host && pulumi.all([from.netns, own.to, own.protocol, own.port, own.holds]).apply(async ([netns, to, protocol = "icmp", port, holds = true]) => {
      const prediction = walk((await foresight).network, { host: await nameOf(from.host), netns, to, protocol, port });
      if (pulumi.runtime.isDryRun()) refute(run, name, prediction, holds);
      return prediction;
    });
    super("Reachability", name, { host: from?.host, netns: from?.netns, ...own, prediction: way?.apply(said), network: pulumi.output(foresight.then(({ digest }) => digest)) } as KernelObjectArgs, opts);
    if (!pulumi.runtime.isDryRun()) warnOfSurprise(this);
  }
}

/** A prediction as the state keeps it. */
const said = ({ verdict, reason }: Prediction) => (verdict === "reached" ? verdict : `${verdict}: ${reason}`);

/** Whether a prediction says that what must hold does not. */
const refutes = (verdict: string, holds: boolean) => verdict !== "unknown" && (verdict === "reached") !== holds;

/** Ends a preview whose prediction says that what must hold does not. */
function refute(run: Run, name: string, { verdict, reason, remedy, by, hops }: Prediction, holds: boolean): void {
  if (!refutes(verdict, holds)) return;
  const who = by.length > 0 ? ` (${by.join(", ")})` : "";
  const way = [...new Set(hops.flatMap((h) => h.by))].join(", ");
  const why = holds ? `will not be reached: ${told({ what: `${reason}${who}`, change: remedy ?? "take away what is in the way" })}` : `must not be reached, and will be, by way of ${way}`;
  report(`Reachability ${name}`, [{ property: "", reason: why }], run);
}

/** Says where packets have shown that what must hold does, although it was predicted not to. */
function warnOfSurprise(resource: Reachability): void {
  pulumi.all([resource.prediction, resource.holds, resource.verified]).apply(([prediction, holds]) => {
    if (!refutes(prediction.split(":")[0]!, holds)) return;
    void pulumi.log.warn(`it ${holds ? "is" : "is not"} reached, which contradicts the prediction (${prediction}): the hosts are not as the program says, or the model is wrong`, resource);
  });
}
