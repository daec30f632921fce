import { z } from "zod";
import { check, checkShape, common } from "./check.js";
import { PartialFailure } from "./errors.js";
import { omit, pick, type Handlers, type Properties } from "./handlers.js";
import { machine, type Connection } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import type { Kind, Problem } from "./kind.js";
import { equal, keyOf, plan, sameHost } from "./plan.js";
import { hasUnknown, unknownValue } from "./unknown.js";

/** How many of an update's failures are told one by one. */
const TOLD = 3;

const shared = Object.keys(common);

/** An entry as the single object that it is: its own properties, and what the set says for all. */
interface Member {
  name: string;
  props: Properties;
}

/** Checks a set of objects of one kind: each entry as the kind has it. */
export function checkSet(kind: Kind, given: Properties, facts?: (host: Connection) => Met | undefined, olds: Properties = {}): { value: Properties; problems: Problem[] } {
  const outer = checkShape({ ...common, entries: z.record(z.string(), z.any()) }, given);
  if (outer.problems.length > 0 || typeof outer.value.entries !== "object") return outer;
  const before = (olds.entries ?? {}) as Record<string, Properties>;
  const checked = Object.entries(outer.value.entries as Record<string, unknown>).map(([name, entry]) => {
    if (typeof entry !== "object" || entry === null) return { name, value: entry, problems: hasUnknown(entry) ? [] : [{ property: "", reason: "is not an object" }] };
    const own = Object.keys(entry).filter((key) => shared.includes(key)).map((key) => ({ property: key, reason: "belongs to the set, not to an entry" }));
    const { value, problems } = check(kind, { ...(entry as Properties), ...pick(outer.value, shared) }, facts, before[name]);
    return { name, value: omit(value, shared), problems: [...own, ...problems] };
  });
  return {
    value: { ...outer.value, entries: Object.fromEntries(checked.map(({ name, value }) => [name, value])) },
    problems: checked.flatMap(({ name, problems }) => problems.map((p) => ({ ...p, property: [`entries.${name}`, p.property].filter(Boolean).join(".") }))),
  };
}

/** The entries of a set, each as a single object. */
function members(set: Properties): Member[] {
  const found = (set.found ?? {}) as Properties;
  const known = Object.entries((set.entries ?? {}) as Properties).filter((e): e is [string, Properties] => typeof e[1] === "object");
  return known.map(([name, entry]) => ({
    name,
    props: { ...entry, ...pick(set, shared), ...(found[name] !== undefined && { found: found[name] }) },
  }));
}

/** The properties of the single objects that the entries of a set are. */
export function singlesOfSet(set: Properties): Properties[] {
  return members(set).map(({ props }) => props);
}

/**
 * Many objects of one kind on one host as one resource, so that what every host has for every other costs a resource a host.
 * Each entry goes through the kind's own lifecycle: it is looked at, claimed, made and verified by itself. Entries are told apart
 * by the object that they are; their names are for people.
 */
export function setLifecycle(kind: Kind, each: Handlers, facts: (host: Connection) => Met | undefined): Handlers {
  const refs = (kind.refs ?? []).map(keyOf);
  const objectOf = ({ props }: Member) => kind.objects(props as never)[0];
  const byObject = (list: Member[]) => new Map(list.map((member) => [objectOf(member), member]));
  const idOf = (set: Properties) => `${machine(set.host as Connection)} ${kind.name} ${String(set.owner)}`;

  const together = (set: Properties, kept: Member[]): Properties => {
    const found = kept.filter(({ props }) => props.found !== undefined);
    return {
      ...omit(set, ["found"]),
      entries: Object.fromEntries(kept.map(({ name, props }) => [name, omit(props, [...shared, "found", ...kind.outputs])])),
      ...(found.length > 0 && { found: Object.fromEntries(found.map(({ name, props }) => [name, props.found])) }),
    };
  };

  /** Takes the entries from what they were to what is wanted; what fails is left as it is, and told. */
  async function converge(id: string, olds: Member[], set: Properties): Promise<Properties> {
    const [before, wanted] = [byObject(olds), byObject(members(set))];
    const kept: Member[] = [];
    const failures: Error[] = [];
    const attempt = async (name: string, was: Properties | undefined, act: () => Promise<Properties | undefined>) => {
      const props = await act().catch((error: Error) => {
        failures.push(error);
        return error instanceof PartialFailure ? error.outputs : was;
      });
      if (props) kept.push({ name, props });
    };
    await Promise.all(
      [...wanted].map(([object, { name, props }]) => {
        const was = before.get(object)?.props;
        if (!was) return attempt(name, undefined, async () => (await each.create(props)).outs);
        return attempt(name, was, async () => (plan(kind, was, props).changed.length === 0 ? was : (await each.update(id, was, props)).outs));
      }),
    );
    // What goes makes room last, so that nothing is without its entry in between.
    const gone = [...before].filter(([object]) => !wanted.has(object));
    await Promise.all(gone.map(([, { name, props }]) => attempt(name, props, async () => void (await each.delete(id, props)))));
    if (failures.length === 0) return together(set, kept);
    if (kept.length === 0) throw told(failures);
    throw new PartialFailure(id, together(set, kept), told(failures));
  }

  return {
    async check(olds, news) {
      const { value, problems } = checkSet(kind, news, facts, olds);
      return { inputs: value, failures: problems };
    },

    async diff(_id, olds, news) {
      const changes = [...shared, "entries"].some((key) => !equal(olds[key], news[key]));
      // What the entries live on is made anew: they go with it.
      const moved = news.entries === unknownValue || members(news).some(({ props }) => refs.some((key) => hasUnknown(props[key])));
      const replaces = sameHost(olds.host, news.host) ? (moved ? ["entries"] : []) : ["host"];
      return { changes, replaces, deleteBeforeReplace: replaces.length > 0 };
    },

    async create(inputs) {
      const id = idOf(inputs);
      return { id, outs: await converge(id, [], inputs) };
    },

    async read(id, props) {
      const list = members(props);
      const seen = await Promise.all(list.map(async ({ name, props }) => ({ name, props: (await each.read(name, props)).props })));
      const there = seen.filter((s): s is Member => s.props !== undefined);
      if (there.length === 0 && list.length > 0) return {};
      const now = together(props, there);
      return { id, props: now, inputs: omit(now, ["found"]) };
    },

    async update(id, olds, news) {
      return { outs: await converge(id, members(olds), news) };
    },

    async delete(id, props) {
      await Promise.all(members(props).map((member) => each.delete(id, member.props)));
    },
  };
}

/** Several failures as one, each said once. */
function told(failures: Error[]): Error {
  const messages = [...new Set(failures.map((f) => f.message))];
  return new Error([...messages.slice(0, TOLD), ...(messages.length > TOLD ? [`… and ${messages.length - TOLD} more of the kind`] : [])].join("\n"));
}
