import { z } from "zod";
import { cidr, family, ip } from "../../provider/fields.js";
import type { Problem } from "../../provider/kind.js";

/** One, or a list with one of each family. */
export const oneOrMore = <T extends z.ZodType>(one: T, what: string, example: string) =>
  z.union([one, z.array(one).min(1)], { error: (issue) => `${JSON.stringify(issue.input)} is not ${what} such as ${example}, nor a list of them` });

/** An address, or one of each family. */
export const addressesLike = (example: string) => oneOrMore(ip, "an address", example);

/** An address with the length of its network's prefix, or one of each family. */
export const cidrsLike = (example: string) => oneOrMore(cidr, "an address", example);

/** A port of TCP or UDP. */
export const port = z.number().int().min(1).max(65_535);

/** What is wrong where a list has more than one of a family. */
export function oneAFamily(property: string, list: readonly string[], what = "address"): Problem[] {
  return new Set(list.map(family)).size < list.length ? [{ property, reason: `more than one ${what} of one family` }] : [];
}
