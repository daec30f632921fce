import { z } from "zod";
import { checkShape } from "../check.js";
import { ifname, ip } from "../fields.js";
import type { Handlers, Properties } from "../handlers.js";
import { equal } from "../plan.js";
import { hasUnknown } from "../unknown.js";
import { connection } from "./connection.js";
import type { GroupSpec } from "./group.js";
import type { Groups } from "./groups.js";

/** Something that must answer a ping. */
const reachShape = { netns: ifname.optional(), to: ip };

/** What a program says of a group. */
export const groupShape = {
  /** Seconds, 5 to 3600, after its last change until a host takes back all that it was given and not told to keep. Default: 60. */
  confirmTimeout: z.number().int().min(5).max(3600).default(60),
  /** What must answer in the end. */
  reaches: z.array(z.strictObject(reachShape)).default([]),
};

/** What the two resources of a group are told. */
const partShape = {
  /** Project, stack and resource. */
  owner: z.string(),
  /** The hosts of its members, each with the addresses by which the others reach it. */
  hosts: z.array(z.strictObject({ connection, addresses: z.array(ip) })),
  confirmTimeout: groupShape.confirmTimeout,
  reaches: z.array(z.strictObject({ from: connection, ...reachShape })).default([]),
};

const specOf = ({ owner, hosts, confirmTimeout, reaches }: Properties): GroupSpec => ({ owner, hosts, seconds: confirmTimeout, reaches }) as GroupSpec;

/** What the two resources of a group have in common: they are what they were told. */
function told(checked: (spec: GroupSpec) => void): Handlers {
  return {
    async check(_olds, news) {
      const { value, problems } = checkShape(partShape, news);
      if (problems.length === 0 && !hasUnknown(value)) checked(specOf(value));
      return { inputs: value, failures: problems };
    },
    diff: async (_id, olds, news) => ({ changes: Object.keys(partShape).some((key) => !equal(olds[key], news[key])), replaces: [], deleteBeforeReplace: false }),
    create: async (inputs) => ({ id: inputs.owner as string, outs: inputs }),
    read: async (id, props) => ({ id, props, inputs: props }),
    update: async (_id, _olds, news) => ({ outs: news }),
    delete: async () => undefined,
  };
}

/** What comes before the members, and goes after them. Where a refresh reads it, it reads them too, and then what hosts took back of them is known. */
export function startHandlers(groups: Groups): Handlers {
  const handlers = told((spec) => groups.declare(spec));
  return {
    ...handlers,
    async read(id, props) {
      await groups.forget(specOf(props));
      return handlers.read(id, props);
    },
    delete: (_id, props) => groups.forget(specOf(props)),
  };
}

/** What comes after the members, and has all hosts keep what they were given. */
export function confirmationHandlers(groups: Groups): Handlers {
  const handlers = told(({ owner }) => groups.complete(owner));
  return {
    ...handlers,
    async diff(id, olds, news) {
      const diff = await handlers.diff(id, olds, news);
      return { ...diff, changes: diff.changes || groups.changed(news.owner as string) };
    },
    async create(inputs) {
      await groups.confirm(inputs.owner as string);
      return handlers.create(inputs);
    },
    async update(id, olds, news) {
      await groups.confirm(news.owner as string);
      return handlers.update(id, olds, news);
    },
  };
}

/** Tells a group of what is to change of its members. */
export function member(groups: Groups, handlers: Handlers): Handlers {
  const changes = ({ atomic }: Properties) => {
    if (typeof atomic === "string") groups.change(atomic);
  };
  return {
    ...handlers,
    async check(olds, news) {
      if (Object.keys(olds ?? {}).length === 0) changes(news);
      return handlers.check(olds, news);
    },
    async diff(id, olds, news) {
      const diff = await handlers.diff(id, olds, news);
      if (diff.changes) changes(news);
      return diff;
    },
  };
}
