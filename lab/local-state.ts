import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** This package's folder, from the source as from the compiled file. */
export const root = [resolve(__dirname, ".."), resolve(__dirname, "../..")].find((folder) => existsSync(join(folder, "package.json")))!;

/**
 * `env` with a place for Pulumi's state: the one that the person has chosen, else a folder of this clone, without a passphrase.
 * @param env what it is based on
 */
export function withLocalState(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.PULUMI_BACKEND_URL) return env;
  const state = join(root, ".state");
  mkdirSync(state, { recursive: true });
  return { PULUMI_CONFIG_PASSPHRASE: "", ...env, PULUMI_BACKEND_URL: pathToFileURL(state).href };
}
