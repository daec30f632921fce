import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { checkShape } from "../provider/check.js";
import { machine, type Connection } from "../provider/host/connection.js";
import type { Facts } from "../provider/host/facts.js";
import { factNames, hostShape } from "../provider/host/resource.js";
import { hasUnknown } from "../provider/unknown.js";
import { forwarder, typeToken } from "./forwarder.js";
import { declared, plainValues, report, whenDeclared } from "./problems.js";
import { thisRun } from "./run.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface HostArgs extends ArgsOf<typeof hostShape> {}

type FactOutputs = { readonly [K in keyof Facts]-?: pulumi.Output<Facts[K]> };

export interface Host extends Omit<OutputsOf<typeof hostShape>, "uplink">, FactOutputs {
  /** How the host is reached; what its kernel objects take as their `host`. */
  readonly connection: pulumi.Output<Connection>;
  /** Names the host's current boot; another one after each reboot. */
  readonly bootId: pulumi.Output<string>;
}

/**
 * A machine reached by SSH. OpenSSH itself connects, so the person's ssh configuration, agent, jump hosts, known hosts and
 * certificates work as they do in a terminal. Its facts (kernel, uplink, addresses, MTU) are known to the very first
 * preview. An unreachable host is a warning in a preview and an error in an update.
 *
 * Equivalent to: `ssh HOST`, then `uname -r`, `ip route show default`, `ip addr` …
 */
export class Host extends pulumi.CustomResource {
  /** The resource's own name. */
  readonly logicalName: string;
  /** Which machine it is, where the program says so in plain values. */
  readonly machine: string | undefined;
  /** The uplink itself, also where the program puts it into a bridge. */
  readonly ownUplink: pulumi.Output<string>;
  /** The file in which the provider tells this run alone what it has found there. */
  readonly told: string;
  private bridge?: pulumi.Resource & { readonly name: pulumi.Output<string> };
  private readonly declared: Record<string, unknown>;

  constructor(name: string, args: HostArgs, opts?: pulumi.CustomResourceOptions) {
    const plain = plainValues(args) as Record<string, unknown>;
    const run = thisRun();
    const told = join(run.folder, createHash("sha256").update(name).digest("hex"));
    report(`Host ${name}`, checkShape(hostShape, plain).problems);
    if (!hasUnknown(plain)) run.hosts.push(plain);
    super(
      typeToken("Host"),
      name,
      {
        ...Object.fromEntries(["connection", "bootId", ...factNames].map((key) => [key, undefined])),
        ...args,
        ssh: whenDeclared(args.ssh),
        uplinkBridge: whenDeclared(undefined).apply(() => plain.uplinkBridge),
        // For the provider's check only; none of these comes into the state.
        dryRun: pulumi.runtime.isDryRun() || undefined,
        together: whenDeclared(run.hosts),
        tell: whenDeclared(told),
        declares: declared(run).then(() => run.objects.filter((o) => o.host.logicalName === name).map((o) => o.type)),
        __provider: forwarder("Host"),
      },
      opts,
    );
    this.logicalName = name;
    this.told = told;
    this.declared = plain;
    this.ownUplink = this.uplink;
    // Whoever builds on the uplink builds on the bridge that has it, in whatever order the program names them.
    Object.assign(this, { uplink: whenDeclared(undefined).apply(() => this.bridge?.name ?? this.ownUplink) });
    this.machine = hasUnknown([plain.ssh, plain.port]) ? undefined : machine(plain as unknown as Connection);
  }

  /** Has all that is wired to `uplink` live on a bridge that takes the uplink as its port. */
  bridgedBy(bridge: pulumi.Resource & { readonly name: pulumi.Output<string> }, name: unknown): void {
    this.bridge ??= bridge;
    if (!hasUnknown(plainValues(name))) this.declared.uplinkBridge = name;
  }

  /** Whether another host is the same machine, as far as the program says it in plain values. */
  is(other: Host): boolean {
    return this === other || (this.machine !== undefined && this.machine === other.machine);
  }
}
