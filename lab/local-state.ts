import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** This package's folder, from the source as from the compiled file. */
export const root = [resolve(__dirname, ".."), resolve(__dirname, "../..")].find((folder) => existsSync(join(folder, "package.json")))!;

/**
 * A folder as the backend that keeps Pulumi's state. Without `metadata=skip` Pulumi writes a second file beside each, not at one stroke: killed just then, it leaves an
 * empty one, and no command on the stack works any more ("failed to load checkpoint: EOF").
 */
export const stateIn = (folder: string): string => `${pathToFileURL(folder).href}?metadata=skip`;

/**
 * `env` with a place for Pulumi's state: the one that the person has chosen, else a folder of this clone, without a passphrase.
 * @param env what it is based on
 */
export function withLocalState(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.PULUMI_BACKEND_URL) return env;
  const state = join(root, ".state");
  mkdirSync(state, { recursive: true });
  return { PULUMI_CONFIG_PASSPHRASE: "", ...env, PULUMI_BACKEND_URL: stateIn(state) };
}
