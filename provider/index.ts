import { PartialFailure } from "./errors.js";
import type { Diff, Handlers, Properties } from "./handlers.js";
import { startHandlers, confirmationHandlers, member } from "./host/atomic.js";
import { changesBy, heedAgain } from "./host/changes.js";
import type { Connection } from "./host/connection.js";
import { machine } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import { Groups } from "./host/groups.js";
import type { Ways } from "./host/guard.js";
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
const waysTo = (host: Connection): Ways => ({ session: () => sessionFor(host), login: () => loginAnew(host), waited: async () => heedAgain(await sessionFor(host), groups) });
const groups = new Groups(waysTo);
const changes = changesBy(waysTo, groups);
const facts = (host: Connection) => met.get(machine(host));

/** What is no kernel object. A confirmation changes with its members, whatever its own inputs say. */
const others = {
  Host: plain(hostHandlers(sessionFor, met, groups)),
  AtomicStart: plain(startHandlers(groups)),
  AtomicConfirmation: plain(confirmationHandlers(groups), (diff) => diff),
};

/**
 * What the text in a state file calls: the handlers of a type of resource, as Pulumi's dynamic providers want them.
 * @throws when the state was written by a newer version of linuxnet.
 */
export function provider(type: string, abi: number): Dynamic {
  if (abi > ABI) throw new Error(`linuxnet: this state was written by a newer version of linuxnet (${abi}, this is ${ABI}): update the package`);
  endWithParent();
  const other = others[type as keyof typeof others];
  if (other) return other;
  const single = (sets as Readonly<Record<string, string>>)[type];
  const kind = (kinds as Readonly<Record<string, Kind>>)[single ?? type];
  if (!kind) throw new Error(`linuxnet: there is no resource type "${type}"`);
  const handlers = lifecycle(kind, sessionFor, facts, changes);
  return plain(member(groups, single ? setLifecycle(kind, handlers, facts) : handlers));
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
function plain(handlers: Handlers, told: (diff: Diff) => Awaited<ReturnType<Dynamic["diff"]>> = open): Dynamic {
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
    diff: wrap(async (id: string, olds: Properties, news: Properties) => told(await handlers.diff(id, olds, news))),
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
