import * as pulumi from "@pulumi/pulumi";
import { check } from "../provider/check.js";
import { machine } from "../provider/host/connection.js";
import { kinds, type KindName } from "../provider/registry.js";
import { forwarder, typeToken } from "./forwarder.js";
import type { Host } from "./host.js";
import { plainValues, report, whenDeclared } from "./problems.js";

/** What every kernel object takes besides its own properties. */
export interface KernelObjectArgs {
  /** The host whose kernel holds the object. */
  host: Host;
  /** Take over an object that is there already; what has no value here and no default stays as it is, and deleting the resource gives back what was found. Default: false, such an object is an error. */
  adopt?: pulumi.Input<boolean>;
}

/** Resources of the program by the kernel object that they declare. */
const declarations = new Map<string, string>();

/** A kernel object on a host, as a Pulumi resource. */
export abstract class KernelObject extends pulumi.CustomResource {
  constructor(type: KindName, name: string, args: KernelObjectArgs, opts?: pulumi.CustomResourceOptions) {
    const kind = kinds[type];
    const owner = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const { host, ...own } = args;
    const connection = host?.connection;
    report(`${type} ${name}`, check(kind, { ...(plainValues(own) as object), host: connection && plainValues(connection), owner }).problems);
    declareOnce(type, name, owner, { ...own, host: connection });
    super(
      typeToken(type),
      name,
      {
        ...Object.fromEntries([...Object.keys(kind.shape), ...kind.outputs].map((key) => [key, undefined])),
        ...own,
        host: whenDeclared(connection),
        owner,
        __provider: forwarder(type),
      },
      opts,
    );
  }
}

/** Two resources for one object would undo each other: an error as soon as it is known which objects they are. */
function declareOnce(type: KindName, name: string, owner: string, args: Record<string, unknown>): void {
  pulumi.output(args).apply((values) => {
    const { value, problems } = check(kinds[type], { ...(values as object), owner });
    if (problems.length > 0) return;
    for (const object of kinds[type].objects(value as never)) {
      const key = `${machine(value.host as never)} ${object}`;
      const first = declarations.get(key);
      if (first) report(`${type} ${name}`, [{ property: "", reason: `is the same object as ${first}: ${key.replaceAll(/ +/g, " ")}. Declare it once` }]);
      else declarations.set(key, `${type} ${name}`);
    }
  });
}
