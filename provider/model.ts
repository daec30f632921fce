import { check } from "./check.js";
import type { Connection } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import type { Kind, Problem } from "./kind.js";
import { kinds, sets, type KindName, type SetName } from "./registry.js";
import { checkSet, singlesOfSet } from "./set.js";

type Properties = Record<string, unknown>;

/** What a program can declare on a host, one object or a set of them. */
export interface Model {
  /** What each object of it is. */
  readonly kind: Kind;
  /** Names of its own properties. */
  readonly inputs: readonly string[];
  /** Names of what only the kernel knows of it. */
  readonly outputs: readonly string[];
  check(given: Properties, facts?: (host: Connection) => Met | undefined, olds?: Properties): { value: Properties; problems: Problem[] };
  /** The properties of each object of it. */
  singles(value: Properties): Properties[];
}

export type ModelName = KindName | SetName;

function one(kind: Kind): Model {
  return {
    kind,
    inputs: Object.keys(kind.shape),
    outputs: kind.outputs,
    check: (given, facts, olds) => check(kind, given, facts, olds),
    singles: (value) => [value],
  };
}

function many(kind: Kind): Model {
  return {
    kind,
    inputs: ["entries"],
    outputs: [],
    check: (given, facts, olds) => checkSet(kind, given, facts, olds),
    singles: singlesOfSet,
  };
}

/** The model of a resource by its type's name. */
export function modelOf(name: ModelName): Model {
  return name in sets ? many(kinds[sets[name as SetName]]) : one(kinds[name as KindName]);
}

/** A single object. */
export interface Part {
  kind: Kind;
  want: Properties;
}

/** The single objects that a resource is. */
export function partsOf(name: ModelName, value: Properties): Part[] {
  const { kind, singles } = modelOf(name);
  return singles(value).map((want) => ({ kind, want }));
}
