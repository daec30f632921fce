import type { Declared } from "../network/part.js";
import { partsOf, type ModelName } from "./model.js";
import { hasUnknown, unknownValue } from "./unknown.js";

type Properties = Record<string, unknown>;

/** What a resource means for the network; `value` is what its check made of what the program gives. */
export function networkOf(type: ModelName, name: string, host: string, value: Properties): Declared[] {
  const by = `${type} ${name}`;
  return partsOf(type, value).flatMap(({ kind, want }) => {
    if (!kind.network) return [];
    const own = Object.fromEntries(Object.entries(want).filter(([key]) => key in kind.shape));
    if (!hasUnknown(own)) return kind.network(own as never).map((part) => ({ host, by, part }));
    const netns = typeof own.netns === "string" && own.netns !== unknownValue ? own.netns : undefined;
    return [{ host, by, part: { is: "unknown" as const, netns, what: `${by} is not known yet` } }];
  });
}

