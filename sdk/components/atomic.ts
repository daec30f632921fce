import * as pulumi from "@pulumi/pulumi";
import { checkShape } from "../../provider/check.js";
import { groupShape } from "../../provider/host/atomic.js";
import { everything } from "../everything.js";
import { forwarder, typeToken } from "../forwarder.js";
import { Grouping, groupOf } from "../group.js";
import type { Host } from "../host.js";
import { ownerOf } from "../kernel-object.js";
import { declared, plainValues, report } from "../problems.js";
import { thisRun, type Declared } from "../run.js";

/** What must answer a ping from a host, or from a namespace of it. */
export interface AtomicReach {
  /** The host that asks. */
  from: Host;
  /** Its namespace. Default: the host's own. */
  netns?: pulumi.Input<string>;
  /** The address that must answer. */
  to: pulumi.Input<string>;
}

export interface AtomicArgs {
  /** Seconds, 5 to 3600, after its last change until a host takes back all that it was given and not told to keep. Give it time for what comes between two changes. Default: 60. */
  confirmTimeout?: pulumi.Input<number>;
  /** What must answer a ping before the hosts keep what they were given. Default: the hosts reach each other, and their gateways, as they did before. */
  reaches?: AtomicReach[];
}

const TYPE = "linuxnet:index:Atomic";

/**
 * Changes on several hosts that are made on all of them or on none: all resources whose parent this is (`{ parent: atomic }`), also by way of components. Before the first of them changes anything, every
 * host saves what it is and starts a timer that needs neither Pulumi nor the session; each change is made and held; and only when every host answers a new login, the hosts reach each other as before,
 * and all of `reaches` answers, are they told to keep what they have. One failure, wherever, and every host goes back to what it was; also where Pulumi is killed meanwhile. Then
 * `pulumi up --refresh` goes on.
 *
 * What an update removes, and a destroy, goes one by one, each under its own guard.
 */
export class Atomic extends Grouping {
  readonly group: pulumi.Output<string>;

  constructor(name: string, args: AtomicArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const { reaches: wanted = [], ...own } = args;
    const run = thisRun();
    const by = `Atomic ${name}`;
    report(by, checkShape(groupShape, plainValues({ ...own, reaches: wanted.map(({ from: _, ...reach }) => reach) }) as Record<string, unknown>).problems);
    const isMember = ({ opts }: Pick<Declared, "opts">) => groupOf(opts?.parent) === this;
    const reaches = wanted.map(({ from, ...reach }) => ({ from: from.connection, ...reach }));
    const hosts = declared(run).then(() => [...new Set([...run.objects.filter(isMember).map((o) => o.host), ...wanted.map(({ from }) => from)])].map(memberHost));
    const owner = ownerOf(TYPE, name, opts);
    const told = { owner, hosts, reaches, confirmTimeout: args.confirmTimeout };
    const start = new AtomicPart("AtomicStart", `${name}-start`, told, { parent: this });
    this.group = pulumi.all([start.urn, owner]).apply(([, group]) => group);
    const members = everything(run, by, { includes: isMember, waitsFor: isMember }).then((all) => all.map((o) => o.resource));
    new AtomicPart("AtomicConfirmation", `${name}-confirmation`, told, { parent: this, dependsOn: pulumi.output(members) });
    this.registerOutputs({});
  }
}

/** A host, and by what addresses the others reach it. */
function memberHost({ connection, address, address6 }: Host) {
  return { connection, addresses: pulumi.all([address, address6]).apply((all) => all.filter(Boolean)) };
}

/** What comes before the members, or after them. */
class AtomicPart extends pulumi.CustomResource {
  constructor(type: string, name: string, told: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(typeToken(type), name, { ...told, __provider: forwarder(type) }, opts);
  }
}
