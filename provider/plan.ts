import type { Kind } from "./kind.js";
import { hasUnknown } from "./unknown.js";

type Properties = Record<string, unknown>;

/** A text that is the same for equal values, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  ) ?? "";
}

export function equal(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The value at a path such as `peer.name`. */
export function at(properties: Properties, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Properties)[key] : undefined), properties);
}

/** Properties of a kind's shape in which two sets differ. Only what `want` says counts, unless the kind is exact: the rest is the kernel's own affair. */
export function differences(kind: Kind, want: Properties, observed: Properties): string[] {
  return Object.keys(kind.shape).filter((key) => (want[key] !== undefined || kind.exact) && key in observed && !equal(want[key], observed[key]));
}

/** Of the properties that differ, those that the kernel cannot change in place. */
export function fixed(kind: Kind, want: Properties, old: Properties, changed: readonly string[]): string[] {
  const keys: readonly string[] = [...(kind.immutable ?? []), ...(kind.replaceOn?.(want as never, old as never) ?? [])];
  return changed.filter((key) => keys.includes(key));
}

/** The property that a path such as `peer.name` is in. */
export function keyOf(path: string): string {
  return path.split(".")[0]!;
}

export interface Plan {
  changed: string[];
  /** Of the changed ones, those that make it another object. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** What the state must know of by the next delete. */
const guarding = ["guard", "confirmTimeout", "probes"];

/** What becomes of a resource whose state is `old` when the program wants `want`. */
export function plan(kind: Kind, old: Properties, want: Properties): Plan {
  const changed = [...new Set([...Object.keys(kind.shape), "host", "owner", ...guarding])].filter((key) => !equal(old[key], want[key]));
  const nowUnknown = (path: string) => changed.includes(keyOf(path)) && hasUnknown(want[keyOf(path)]);
  const replacing = (path: string) => nowUnknown(path) || (changed.includes(keyOf(path)) && !equal(at(old, path), at(want, path)));
  const refs = (kind.refs ?? []).filter(nowUnknown);
  const frozen = changed.some((key) => hasUnknown(want[key])) ? (kind.immutable ?? []) : fixed(kind, want, old, changed);
  const paths = [...new Set([...[...kind.identity, ...frozen].filter(replacing), ...refs, ...(sameHost(old.host, want.host) ? [] : ["host"])])];
  const beside: readonly string[] = (typeof kind.beside === "function" ? kind.beside(want as never, old as never) : kind.beside) ?? [];
  return {
    changed,
    replaces: [...new Set(paths.map(keyOf))],
    deleteBeforeReplace: paths.length === 0 || paths.some((path) => !beside.includes(path)),
  };
}

/** Whether two connections lead to one machine; how to get in may differ. */
export function sameHost(old: unknown, want: unknown): boolean {
  if (hasUnknown(want)) return false;
  const [a, b] = [old, want] as ({ ssh?: string; port?: number } | undefined)[];
  return a?.ssh === b?.ssh && a?.port === b?.port;
}
