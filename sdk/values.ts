import * as pulumi from "@pulumi/pulumi";
import { pick } from "../provider/handlers.js";
import { unknownValue } from "../provider/unknown.js";

/** Outputs that a preview can ask of, whether it knows them or not. */
type Outputs = Record<string, (pulumi.Output<unknown> & { promise(withUnknowns: true): Promise<unknown> }) | undefined>;

/** What a resource's outputs are, with what its check added; what a preview does not know is what stands for that. */
export async function valuesOf(resource: object, keys: readonly string[]): Promise<Record<string, unknown>> {
  const values = await Promise.all(keys.map(async (key) => [key, plain(await (resource as Outputs)[key]?.promise(true))] as const));
  return pick(Object.fromEntries(values), keys);
}

function plain(value: unknown): unknown {
  if (pulumi.isUnknown(value)) return unknownValue;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value ?? undefined;
}
