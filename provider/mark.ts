import { createHash } from "node:crypto";
import type { Argv, Kind } from "./kind.js";
import { hasUnknown } from "./unknown.js";

const PREFIX = "linuxnet.";

/** What an object bears that belongs to a resource, of letters, digits, `.`, `_` and `-`: its project, its stack, and a word for the resource. */
export function markOf(owner: string): string {
  const [project = "", stack = ""] = owner.split("/").map((word) => word.replaceAll(/[^\w-]/g, "_").slice(0, 100));
  return `${PREFIX}${project}.${stack}.${createHash("sha256").update(owner).digest("hex").slice(0, 12)}`;
}

/** Whether a text that the kernel keeps is a mark. */
export const isMark = (text: string): boolean => text.startsWith(PREFIX);

/** Commands that make an object, with the mark that the kernel keeps with it. */
export function made(kind: Kind, want: Record<string, unknown>, shown?: (string | undefined)[]): Argv[] {
  const { owner } = want;
  return [...kind.add(want as never, shown), ...(typeof owner === "string" && !hasUnknown(owner) ? (kind.mark?.put(want as never, markOf(owner)) ?? []) : [])];
}
