import { PartialFailure } from "./errors.js";
import type { Diff, Handlers, Properties } from "./handlers.js";
import { changesBy } from "./host/changes.js";
import type { Connection } from "./host/connection.js";
import { machine } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import { loginAnew, sessionFor } from "./host/pool.js";
import { hostHandlers } from "./host/resource.js";
import type { Kind } from "./kind.js";
import { lifecycle } from "./lifecycle.js";
import { endWithParent } from "./parent.js";
import { kinds, sets } from "./registry.js";
import { setLifecycle } from "./set.js";

/** The version of the contract between what a state file says and this package. */
export const ABI = 1;

const met = new Map<string, Met>();
const changes = changesBy(sessionFor, loginAnew);
const facts = (host: Connection) => met.get(machine(host));

/**
 * What the text in a state file calls: the handlers of a type of resource, as Pulumi's dynamic providers want them.
 * @throws when the state was written by a newer version of linuxnet.
 */
export function provider(type: string, abi: number): Dynamic {
  if (abi > ABI) throw new Error(`linuxnet: this state was written by a newer version of linuxnet (${abi}, this is ${ABI}): update the package`);
  endWithParent();
  if (type === "Host") return plain(hostHandlers(sessionFor, met));
  const single = (sets as Readonly<Record<string, string>>)[type];
  const kind = (kinds as Readonly<Record<string, Kind>>)[single ?? type];
  if (!kind) throw new Error(`linuxnet: there is no resource type "${type}"`);
  const handlers = lifecycle(kind, sessionFor, facts, changes);
  return plain(single ? setLifecycle(kind, handlers, facts) : handlers);
}

/** The key under which Pulumi keeps the text that makes a provider. */
const PROVIDER_KEY = "__provider";

/** The handlers as a dynamic provider takes them. */
export interface Dynamic extends Omit<Handlers, "diff"> {
  diff(id: string, olds: Properties, news: Properties): Promise<Omit<Diff, "changes"> & { changes?: boolean }>;
}

/**
 * A dynamic provider cannot say which properties change. Where it leaves open whether any does, the engine compares the inputs itself, and what it finds is what
 * `replaceOnChanges` and previews in JSON go by.
 */
function open({ changes, ...rest }: Diff) {
  return changes && rest.replaces.length === 0 ? rest : { changes, ...rest };
}

/** Fits handlers to the dynamic provider's ways: plain errors only, clean JSON, its own key kept where it needs it. */
function plain(handlers: Handlers): Dynamic {
  const wrap = <A extends unknown[], R>(method: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    const text = (args[args.length - 1] as Properties | undefined)?.[PROVIDER_KEY];
    try {
      return clean(await method(...(args.map(withoutProvider) as A)));
    } catch (error) {
      throw plainError(error, text);
    }
  };
  return {
    check: wrap(handlers.check),
    diff: wrap(async (id: string, olds: Properties, news: Properties) => open(await handlers.diff(id, olds, news))),
    create: wrap(handlers.create),
    read: wrap(handlers.read),
    update: wrap(handlers.update),
    delete: wrap(handlers.delete),
  };
}

function withoutProvider(arg: unknown): unknown {
  if (typeof arg !== "object" || arg === null) return arg;
  const { [PROVIDER_KEY]: _, ...rest } = arg as Properties;
  return rest;
}

function clean<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

function plainError(error: unknown, text: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const out = new Error(message);
  out.stack = ""; // Pulumi prints it under the stack; the message says all.
  if (error instanceof PartialFailure) Object.assign(out, { id: error.id, properties: { ...clean(error.outputs), [PROVIDER_KEY]: text }, reasons: [message] });
  return out;
}
