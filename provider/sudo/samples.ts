import type { z } from "zod";
import { check } from "../check.js";
import type { Kind, Shape } from "../kind.js";

type Properties = Record<string, unknown>;

/** What stands for any name in a sample, and for another one. */
const names = ["name0", "name1"];
const [NAME] = names;
/** Whether a word of a command stands for a name. */
export const isName = /^name[01]$/;

/** Texts to try where a property takes a text: of the first row that holds one that it takes, all that it takes. */
const texts = [[...names, ""], [`net.ipv4.conf.${NAME}.${NAME}`], ["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"], ["192.0.2.1", "2001:db8::1"], ["02:00:00:00:00:01", "01:00:5e:00:00:01", "00:00:00:00:00:00"], ["0x1", "0x1/0xff"], ["80", "1000-2000"]];
const numbers = [7, 1, 0, 100, 1000, 10_000];

interface Def {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  shape?: Shape;
  options?: z.ZodType[];
  entries?: Record<string, unknown>;
  values?: unknown[];
}

const defOf = (type: z.ZodType) => type._zod.def as unknown as Def;
const takes = (type: z.ZodType) => (value: unknown) => type.safeParse(value).success;
const optional = (type: z.ZodType) => type.safeParse(undefined).success;

/** Values of every sort that a property takes. */
function valuesOf(type: z.ZodType): unknown[] {
  const { innerType, in: input, element, shape, options, entries, values, type: sort } = defOf(type);
  const found = ((): unknown[] => {
    if (innerType ?? input) return valuesOf((innerType ?? input)!);
    if (options) return options.flatMap(valuesOf);
    if (entries) return Object.values(entries);
    if (values) return values;
    if (shape) return variants(shape);
    if (element) return ((all) => [...all.map((v) => [v]), all.slice(0, 2)])(valuesOf(element));
    if (sort === "boolean") return [true, false];
    if (sort === "number") return numbers.filter(takes(type)).slice(0, 3);
    return texts.flat();
  })();
  const taken = found.filter(takes(type));
  return sort === "string" ? (texts.map((row) => row.filter((text) => taken.includes(text))).find((row) => row.length > 0) ?? []) : taken;
}

/** Objects of a shape in which each property has each of its values, alone and beside all others, and is there or not. */
function variants(shape: Shape): Properties[] {
  const all = Object.entries(shape).map(([key, type]) => ({ key, values: valuesOf(type), needed: !optional(type) }));
  const first = (some: typeof all) => Object.fromEntries(some.map(({ key, values }) => [key, values[0]]));
  const [least, most] = [first(all.filter(({ needed }) => needed)), first(all)];
  const each = all.flatMap(({ key, values, needed }) => [...values.map((v) => ({ [key]: v })), ...(needed ? [] : [{ [key]: undefined }])]);
  return [least, most, ...each.flatMap((one) => [{ ...least, ...one }, { ...most, ...one }])];
}

const common = { host: { ssh: "host0" }, owner: "owner0" };
/** The key of one value of a property. */
const seen = (key: string, value: unknown) => `${key} ${JSON.stringify(value) ?? ""}`;

/** What programs may declare of a kind, checked, where it is wanted: every value of every property at least once, if that can be, by itself and beside others. */
export function samples(kind: Kind, wanted: (sample: Properties) => boolean): Properties[] {
  const tried = variants(kind.shape);
  const good: Properties[] = [];
  const covered = new Set<string>();
  const attempt = (given: Properties): boolean => {
    const { value, problems } = check(kind, { ...given, ...common });
    if (problems.length > 0 || !wanted(value)) return false;
    good.push(value);
    Object.entries(given).forEach(([key, v]) => covered.add(seen(key, v)));
    return true;
  };
  const values = [...new Map(tried.flatMap(Object.entries).map(([key, v]) => [seen(key, v), [key, v] as const])).values()];
  /** With all else that can be beside it. */
  const filled = (given: Properties) => values.reduce((sum, [key, v]) => (sum[key] === undefined && v !== undefined && attempt({ ...sum, [key]: v }) ? { ...sum, [key]: v } : sum), given);

  const first = tried.filter(attempt)[0];
  if (!first) return [];
  const full = filled(first);
  for (const [key, v] of values) attempt({ ...full, [key]: v });
  // What must be said often decides how the rest is.
  const decisive = values.filter(([key]) => !optional(kind.shape[key]!));
  for (const [key, v] of decisive) for (const [other, w] of values) attempt({ ...tried[0], [key]: v, [other]: w });
  // What is good only beside one thing.
  for (const [key, v] of values) {
    for (const [other, w] of values) if (other !== key && !covered.has(seen(key, v)) && attempt({ ...tried[0], [other]: w, [key]: v })) filled({ ...tried[0], [other]: w, [key]: v });
  }
  return good;
}
