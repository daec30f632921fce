export type Properties = Record<string, unknown>;

/** Whether anything changes, and which properties make it another object. */
export interface Diff {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** What Pulumi asks of a type of resource. Nothing in it knows how Pulumi called. */
export interface Handlers {
  check(olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<Diff>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  /** Nothing where the object is gone. */
  read(id: string, props: Properties): Promise<{ id?: string; props?: Properties; inputs?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}

/** The entries of an object whose keys are among those named. */
export function pick(from: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.filter((k) => from[k] !== undefined).map((k) => [k, from[k]]));
}

/** The entries of an object but for those whose keys are among those named. */
export function omit(from: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(from).filter(([k]) => !keys.includes(k)));
}
