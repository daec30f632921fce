import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One case of a kind, as kinds/README.md tells. */
export interface Fixture {
  want: Record<string, unknown>;
  checked?: Record<string, unknown>;
  show: string[];
  shown: unknown[];
  observed: Record<string, unknown> | null;
  add?: string[];
  set?: { from: Record<string, unknown>; commands: string[] }[];
  del?: string[];
}

export const folder = join(__dirname, "kinds");

/** The cases of a kind, by what they are called. */
export function fixtures(kind: string): [string, Fixture][] {
  const files = readdirSync(join(folder, kind)).filter((file) => file.endsWith(".json"));
  return files.map((file) => [file.replace(/\.json$/, "").replaceAll("-", " "), JSON.parse(readFileSync(join(folder, kind, file), "utf8")) as Fixture]);
}

/** What the command printed: JSON as `-j` prints it, other text as it is, nothing where it found nothing. */
export function printed(shown: unknown): string | undefined {
  if (shown === null) return undefined;
  return typeof shown === "string" ? shown : `${JSON.stringify(shown)}\n`;
}
