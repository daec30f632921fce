import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildAdvice, engineVersion, goSuffices } from "./engine-lookup.js";
import { span, type Progress } from "./progress.js";
import { attempt } from "./run.js";

const otherwise = "or install Pulumi itself (https://www.pulumi.com/docs/install)";

/** What is built: a module under `engine/` pins the source, `command` is the program's package in it. */
const parts = [
  { module: "cli", program: "pulumi", command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  { module: "language-nodejs", program: "pulumi-language-nodejs", command: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
] as const;

/** How many packages both have together; those in Go's cache are not compiled again. */
const packages = 1940;

const ldflags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`;

/** The environment in which the result depends on the modules here alone, not on a person's Go settings. */
const environment = (): NodeJS.ProcessEnv => {
  const { GOOS, GOARCH, GOFLAGS, ...rest } = process.env;
  return { ...rest, CGO_ENABLED: "0", GO111MODULE: "on", GOWORK: "off" };
};

/**
 * Builds the engine from the Go module proxy into `folder`/bin. Throws, with one sentence that says what to install, when it cannot.
 * @param modules the folder with the modules that pin the sources
 * @param log a file that takes all that Go prints
 */
export async function build(folder: string, modules: string, log: string, progress: Progress): Promise<void> {
  const go = await attempt(["go", "env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" }, cwd: folder }).catch(() => undefined);
  const version = go?.stdout.trim() ?? "";
  if (!version) throw new Error(`The Pulumi engine is not on PATH and cannot be downloaded here, and building it needs Go: install Go 1.25.11 or newer (https://go.dev/dl), ${otherwise}`);
  if (!goSuffices(version)) throw new Error(`Building the Pulumi engine needs Go 1.25.11 or newer, and this is ${version}: install a newer Go (https://go.dev/dl), ${otherwise}`);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(log, "");
  const began = Date.now();
  let compiled = 0;
  let fetched = 0;
  for (const part of parts) {
    let lastLines: string[] = [];
    const show = () => {
      const what = compiled > 0 ? `${compiled} of at most ${packages} packages compiled` : fetched > 0 ? `${fetched} modules fetched` : "looking at the modules";
      progress.show(`building the Pulumi engine ${engineVersion} (once, about 5 minutes): ${what}, ${span(Date.now() - began)}`);
    };
    const clock = setInterval(show, 1000);
    const args = ["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", join(folder, "bin", part.program), part.command];
    const code = await stream(join(modules, part.module), args, (line) => {
      appendFileSync(log, `${line}\n`);
      if (line.startsWith("go: downloading ")) fetched++;
      else if (/^[\w./~-]+$/.test(line)) compiled++;
      else lastLines = [...lastLines, line].slice(-5);
    }).finally(() => clearInterval(clock));
    if (code !== 0) throw new Error(`The Pulumi engine could not be built: ${buildAdvice(lastLines.join("\n"))}; ${otherwise}. Go's output is in ${log} and ends:\n${lastLines.join("\n")}`);
  }
}

/** Runs go and hands on each line of what it prints; resolves with its exit status. */
function stream(cwd: string, args: readonly string[], onLine: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("go", args, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    for (const from of [child.stdout, child.stderr]) createInterface({ input: from }).on("line", onLine);
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
