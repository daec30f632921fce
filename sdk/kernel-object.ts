import * as pulumi from "@pulumi/pulumi";
import { machine } from "../provider/host/connection.js";
import { modelOf, partsOf, type ModelName } from "../provider/model.js";
import { hasUnknown, unknownValue } from "../provider/unknown.js";
import { foresee } from "./foresight.js";
import { forwarder, typeToken } from "./forwarder.js";
import { groupOf } from "./group.js";
import type { Host } from "./host.js";
import { plainValues, report, whenDeclared } from "./problems.js";
import { thisRun } from "./run.js";

/** What every kernel object takes besides its own properties. */
export interface KernelObjectArgs {
  /** The host whose kernel holds the object. */
  host: Host;
  /** Take over an object that is there already; what has no value here and no default stays as it is, and deleting the resource gives back what was found. Default: false, such an object is an error. */
  adopt?: pulumi.Input<boolean>;
  /** Have the host take the change back by itself unless a new SSH connection confirms it; `false` refuses. Default: where a change may cut the way to the host (what carries the SSH connection, its addresses and routes, default routes, forwarding …). */
  guard?: pulumi.Input<boolean>;
  /** Seconds, 5 to 3600, after which the host takes a change back that no new SSH connection has confirmed. Default: 30. */
  confirmTimeout?: pulumi.Input<number>;
  /** Addresses that must answer the host's ping after such a change, if they did before, besides the default gateways. */
  probes?: pulumi.Input<pulumi.Input<string>[]>;
}

/** A kernel object on a host, or a set of them, as a Pulumi resource. */
export abstract class KernelObject extends pulumi.CustomResource {
  constructor(type: ModelName, name: string, args: KernelObjectArgs, opts?: pulumi.CustomResourceOptions) {
    const model = modelOf(type);
    const { host, ...own } = args;
    const connection = host?.connection;
    const plain = { ...(plainValues(own) as object), host: connection && plainValues(connection), owner: unknownValue };
    report(`${type} ${name}`, model.check(plain).problems);
    if (connection) declareOnce(type, name, host, own);
    const { closed, objects } = thisRun();
    const object = { type, name, host, plain, opts };
    const late = connection && closed.find((c) => c.includes(object));
    if (late) report(`${type} ${name}`, [{ property: "", reason: `is declared too late for ${late.by}, which has all of its own already: declare it before that, and outside of \`apply\`` }]);
    super(
      typeToken(type),
      name,
      {
        ...Object.fromEntries([...model.inputs, ...model.outputs].map((key) => [key, undefined])),
        ...own,
        host: whenDeclared(connection),
        owner: ownerOf(typeToken(type), name, opts),
        atomic: groupOf(opts?.parent)?.group,
        __provider: forwarder(type),
      },
      opts,
    );
    if (!connection) return;
    objects.push({ ...object, resource: this });
    void foresee(thisRun());
  }
}

/**
 * Whose an object is, as a host's register says it: project, stack, type within its parents' types, and name. A promise, as an output
 * would depend on the parent, and so on all of the parent's children.
 */
export function ownerOf(token: string, name: string, opts?: pulumi.ResourceOptions): Promise<string> {
  const read = (urn: string) => {
    const [stack = "", project, types = "", own] = urn.replace(/^urn:pulumi:/, "").split("::");
    return [project, stack, types.replaceAll(typeToken(""), ""), own].join("/");
  };
  return new Promise((resolve) => void pulumi.createUrn(name, token, opts?.parent).apply((urn) => resolve(read(urn))));
}

/** Two resources for one object would undo each other: an error as soon as it is known which objects they are. */
function declareOnce(type: ModelName, name: string, host: Host, own: Record<string, unknown>): void {
  const run = thisRun();
  const declare = (on: string, values: unknown) => {
    const { value, problems } = modelOf(type).check({ ...(values as object), host: { ssh: on }, owner: unknownValue });
    if (problems.length > 0) return;
    // What is known by its resource is nobody else's.
    for (const object of partsOf(type, value).flatMap(({ kind, want }) => kind.objects(want as never)).filter((o) => !o.includes(unknownValue))) {
      const key = `${on} ${object}`;
      const first = run.declarations.get(key);
      if (first) report(`${type} ${name}`, [{ property: "", reason: `is the same object as ${first}: ${key.replaceAll(/ +/g, " ")}. Declare it once` }], run);
      else run.declarations.set(key, `${type} ${name}`);
    }
  };
  if (host.machine !== undefined && !hasUnknown(plainValues(own))) declare(host.machine, own);
  else pulumi.all([host.connection, pulumi.output(own)]).apply(([connection, values]) => connection && declare(machine(connection), values)); // A program's mocks may give a host none.
}
