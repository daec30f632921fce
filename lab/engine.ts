import { accessSync, chmodSync, constants, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { build } from "./engine-build.js";
import { download } from "./engine-download.js";
import { accepted, cacheRoot, engineCommands, engineOnPath, engineVersion } from "./engine-lookup.js";
import { locked } from "./lock.js";
import { progressOn } from "./progress.js";
import { attempt } from "./run.js";

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** This package's folder `lab/engine`, from the source as from the compiled file. */
function sources(): string {
  const folder = [resolve(__dirname, "engine"), resolve(__dirname, "../../lab/engine")].find((f) => existsSync(join(f, "cli", "go.mod")));
  if (!folder) throw new Error(`The package is incomplete: there is no lab/engine beside ${__dirname}`);
  return folder;
}

const say = (text: string) => process.stderr.write(`${text}\n`);

const whole = (bin: string) => engineCommands.every((command) => executable(join(bin, command)));

/**
 * The folder that holds the real Pulumi engine: what is on PATH already; else one downloaded from Pulumi or, where that cannot be reached,
 * built from the Go module proxy, once, and kept in the person's cache. Progress goes to stderr. Two processes at once make it once.
 * @throws with one sentence that says what to install
 */
export async function ensureEngine(): Promise<string> {
  const root = cacheRoot(process.env, homedir());
  const bin = join(root, engineVersion, "bin");
  const there = engineOnPath(process.env.PATH ?? "", executable);
  if (there && (there === bin || (await suits(there)))) return there;
  if (!whole(bin)) {
    const lock = join(root, `${engineVersion}.lock`);
    await locked(lock, () => make(root, bin), { every: 1000, onWait: (pid) => say(`waiting for process ${pid}, which makes the Pulumi engine`) });
  }
  return bin;
}

/** Whether the pulumi in a folder of PATH is of a version that will do; says so when it is not. */
async function suits(folder: string): Promise<boolean> {
  const version = (await attempt([join(folder, "pulumi"), "version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } })).stdout.trim();
  if (!accepted(version)) say(`${join(folder, "pulumi")} is "${version}", not a 3.x: linuxnet uses an engine of its own`);
  return accepted(version);
}

/** Makes the engine in a folder of its own, and only what is whole comes to its place. */
async function make(root: string, bin: string): Promise<void> {
  if (whole(bin)) return; // another process made it meanwhile
  const begun = `${engineVersion}.making-`;
  for (const left of readdirSync(root).filter((name) => name.startsWith(begun))) rmSync(join(root, left), { recursive: true });
  const folder = join(root, `${begun}${process.pid}`);
  mkdirSync(folder);
  const progress = progressOn();
  try {
    const reason = await download(folder, progress);
    if (reason !== undefined) {
      progress.end(`The Pulumi engine is not on PATH and Pulumi's download is out of reach (${reason}): building it from source`);
      await build(folder, sources(), join(root, `${engineVersion}.log`), progress);
    }
    const provider = "pulumi-resource-pulumi-nodejs"; // ours in place of the release's: it ends at once where no SDK is found
    copyFileSync(join(sources(), provider), join(folder, "bin", provider));
    chmodSync(join(folder, "bin", provider), 0o755);
    rmSync(dirname(bin), { recursive: true, force: true });
    renameSync(folder, dirname(bin));
    progress.end(`the Pulumi engine is in ${bin}`);
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `env` with the engine in `folder` first on PATH, no question to the internet for a newer one, and no download of a plugin that is missing. */
export function environmentWith(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = (env.PATH ?? "").split(delimiter).filter((f) => f && f !== folder);
  return {
    ...env,
    PATH: [folder, ...path].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/**
 * The environment to run `pulumi` in: makes sure of the engine first.
 * @param env what it is based on; the process's own by default
 * @throws as `ensureEngine` does
 */
export async function engineEnv(env: NodeJS.ProcessEnv = process.env): Promise<NodeJS.ProcessEnv> {
  return environmentWith(await ensureEngine(), env);
}

if (require.main === module) {
  ensureEngine().then(console.log, (error: Error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
