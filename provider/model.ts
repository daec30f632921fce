import { check } from "./check.js";
import type { Connection } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import type { Problem } from "./kind.js";
import { kinds, sets, type KindName, type SetName } from "./registry.js";
import { checkSet, objectsOfSet } from "./set.js";

type Properties = Record<string, unknown>;

/** What a program can declare on a host, one object or a set of them. */
export interface Model {
  /** Names of its own properties and outputs. */
  readonly properties: readonly string[];
  check(given: Properties, facts?: (host: Connection) => Met | undefined, olds?: Properties): { value: Properties; problems: Problem[] };
  /** The kernel objects that it occupies. */
  objects(value: Properties): string[];
}

export type ModelName = KindName | SetName;

function one(name: KindName): Model {
  const kind = kinds[name];
  return {
    properties: [...Object.keys(kind.shape), ...kind.outputs],
    check: (given, facts, olds) => check(kind, given, facts, olds),
    objects: (value) => kind.objects(value as never),
  };
}

function many(name: SetName): Model {
  const kind = kinds[sets[name]];
  return {
    properties: ["entries"],
    check: (given, facts, olds) => checkSet(kind, given, facts, olds),
    objects: (value) => objectsOfSet(kind, value),
  };
}

/** The model of a resource by its type's name. */
export function modelOf(name: ModelName): Model {
  return name in sets ? many(name as SetName) : one(name as KindName);
}
