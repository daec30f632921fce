import * as pulumi from "@pulumi/pulumi";
import { bootScript } from "../provider/boot.js";
import { pick, type Properties } from "../provider/handlers.js";
import type { Problem } from "../provider/kind.js";
import type { bootPersistenceShape } from "../provider/kinds/boot-persistence.js";
import { modelOf, partsOf, type Part } from "../provider/model.js";
import { comesLast, everything } from "./everything.js";
import { typeToken } from "./forwarder.js";
import type { Host } from "./host.js";
import { KernelObject, ownerOf, type KernelObjectArgs } from "./kernel-object.js";
import { report } from "./problems.js";
import { thisRun, type Declared } from "./run.js";
import type { ArgsOf, OutputsOf } from "./types.js";
import { valuesOf } from "./values.js";

export interface BootPersistenceArgs extends Partial<Pick<ArgsOf<typeof bootPersistenceShape>, "name">>, Pick<KernelObjectArgs, "host"> {}

export interface BootPersistence extends OutputsOf<typeof bootPersistenceShape> {}

/**
 * Has a host make again by itself, at each boot, what the program declares on it: a script that each update keeps in step, and what runs it: a unit
 * of systemd, a file of OpenRC's /etc/local.d, or a line of /etc/rc.local. Deleting the resource takes all of that away.
 *
 * One a stack and host, wherever in the program. It comes after everything that is declared on the host, and goes before it; a preview shows the lines
 * of the script that change. What the host cannot make at once (a link that comes late) it tries again for a minute. More in [boot.md](boot.md).
 *
 * Equivalent to: a script of all the `ip …` commands in /etc/linuxnet/NAME, `systemctl enable linuxnet-NAME.service`; on delete `systemctl disable`.
 */
export class BootPersistence extends KernelObject {
  constructor(name: string, args: BootPersistenceArgs, opts?: pulumi.CustomResourceOptions) {
    const script = args.host && scriptFor(args.host, `BootPersistence ${name}`, ownerOf(typeToken("BootPersistence"), name, opts));
    super("BootPersistence", name, { name: `${pulumi.getProject()}.${pulumi.getStack()}`, ...args, script } as KernelObjectArgs, opts);
  }
}

/** What makes again all that the program declares on a host. */
function scriptFor(host: Host, by: string, owner: Promise<string>): pulumi.Output<string> {
  const run = thisRun();
  const objects = everything(run, by, {
    includes: (o) => !comesLast(o) && o.host.is(host),
    waitsFor: (o) => !comesLast(o),
    found: (some) => some.forEach((o) => report(`${o.type} ${o.name}`, obstacles(o, by), run)),
  });
  return pulumi.output(
    objects.then((all) => pulumi.all([owner, pulumi.all(all.map(parts))]).apply(([owner, each]) => bootScript(owner, each.flat() as Part[]))),
  );
}

/** Why a host cannot make a resource's objects again by itself. */
function obstacles({ type, plain, opts }: Declared, by: string): Problem[] {
  const waits = [opts?.dependsOn, opts?.parent].flat().some((r) => r instanceof BootPersistence);
  return [
    ...(waits ? [{ property: "", reason: `depends on ${by}, which comes after all that is on the host` }] : []),
    ...partsOf(type, plain).flatMap(({ kind, want }) => kind.unrestorable?.(want as never) ?? []),
  ];
}

/** The objects that a resource is, with what its check added. */
async function parts({ type, resource }: Declared): Promise<pulumi.Output<Part[]>> {
  // To a preview what is not there is not known either, so the values say which outputs there are; a secret stays one only as an output.
  const there = Object.keys(await valuesOf(resource, [...modelOf(type).inputs, "owner", "adopt"]));
  return pulumi.all(pick(resource as unknown as Properties, there)).apply((value) => partsOf(type, value));
}
