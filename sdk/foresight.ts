import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { Ground, HostFacts } from "../network/facts.js";
import { findingsOf, told } from "../network/findings/index.js";
import { fold } from "../network/fold.js";
import type { Network } from "../network/network.js";
import { machine, type Connection } from "../provider/host/connection.js";
import { factNames } from "../provider/host/resource.js";
import { modelOf } from "../provider/model.js";
import { networkOf } from "../provider/network.js";
import { canonical } from "../provider/plan.js";
import { unknownValue } from "../provider/unknown.js";
import { comesLast, everything } from "./everything.js";
import type { Host } from "./host.js";
import { report } from "./problems.js";
import { there, type Declared, type Run } from "./run.js";
import { valuesOf } from "./values.js";

/** What a program will make of the hosts. */
export interface Foresight {
  network: Network;
  /** A number that is the same while the program declares the same. */
  digest: string;
}

/** The network that a run's program declares, once all of it is; a preview tells what is wrong with it. */
export function foresee(run: Run): Promise<Foresight> {
  run.foresight ??= lookAhead(run);
  run.foresight.catch(() => undefined);
  return run.foresight;
}

async function lookAhead(run: Run): Promise<Foresight> {
  // A program ends when nothing is under way; this is.
  const done = pulumi.runtime.rpcKeepAlive();
  try {
    const objects = await everything(run, "", { includes: (o) => !comesLast(o), waitsFor: (o) => !comesLast(o), closes: false });
    const foresight = await foresightOf(objects);
    if (pulumi.runtime.isDryRun()) tell(run, objects, foresight.network);
    return foresight;
  } finally {
    rmSync(run.folder, { recursive: true, force: true });
    done();
  }
}

async function foresightOf(objects: readonly Declared[]): Promise<Foresight> {
  const hosts = [...new Set(objects.map((o) => o.host))];
  await there(hosts);
  const met = new Map(await Promise.all(hosts.map(async (host) => [host, await factsOf(host)] as const)));
  const declared = (await Promise.all(objects.map(async (o) => networkOf(o.type, o.name, met.get(o.host)!.name, await valuesOf(o.resource, modelOf(o.type).inputs))))).flat();
  const network = fold(Object.fromEntries([...met.values()].map(({ name, facts }) => [name, facts])), declared);
  return { network, digest: createHash("sha256").update(canonical(declared)).digest("hex").slice(0, 16) };
}

/** What a host is called in the network. */
export async function nameOf(host: Host): Promise<string> {
  return host.machine ?? machine((await valuesOf(host, ["connection"])).connection as Connection);
}

/** What is known of a host. The uplink is the port, also where the program puts it into a bridge. */
async function factsOf(host: Host): Promise<{ name: string; facts: HostFacts }> {
  const values = { ...(await valuesOf(host, factNames)), ...(await valuesOf({ uplink: host.ownUplink }, ["uplink"])) };
  const known = Object.entries(values).filter(([, value]) => value !== unknownValue);
  return { name: await nameOf(host), facts: { ...(Object.fromEntries(known) as HostFacts), ...groundOf(host) } };
}

/** What the provider has told of a host's own settings and rules. */
function groundOf({ told }: Host): { ground?: Ground } {
  return existsSync(told) ? { ground: JSON.parse(readFileSync(told, "utf8")) as Ground } : {};
}

/** Tells what is wrong: what certainly cannot work ends the preview. */
function tell(run: Run, objects: readonly Declared[], network: Network): void {
  for (const finding of findingsOf(network)) {
    const [first = "", ...others] = finding.by;
    const text = `${told(finding)}${others.length > 0 ? ` (see also ${others.join(", ")})` : ""}`;
    if (finding.level === "error") report(first, [{ property: "", reason: text }], run);
    else void pulumi.log.warn(text, objects.find((o) => `${o.type} ${o.name}` === first)?.resource);
  }
}
