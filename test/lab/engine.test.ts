import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environmentWith } from "../../lab/engine.js";
import { accepted, buildAdvice, cacheRoot, checksumOf, engineOnPath, engineVersion, goSuffices, releaseTarget } from "../../lab/engine-lookup.js";

describe("where the engine is looked for", () => {
  const has = (...files: string[]) => (file: string) => files.includes(file);
  const all = (folder: string) => ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"].map((c) => `${folder}/${c}`);

  test("a whole engine on PATH is taken", () => expect(engineOnPath("/bin:/opt/pulumi", has(...all("/opt/pulumi")))).toBe("/opt/pulumi"));
  test("the pulumi that a shell would run counts", () => expect(engineOnPath("/a:/b", has("/a/pulumi", ...all("/b")))).toBe("/a"));
  test("pulumi without its language host is no engine", () => expect(engineOnPath("/a", has("/a/pulumi"))).toBeUndefined());
  test("an empty PATH has none", () => expect(engineOnPath("", () => true)).toBeUndefined());
  test.each([["v3.256.0", true], ["3.1.2\n", true], ["v3.9.0-dev.0", true], ["v2.25.2", false], ["v4.0.0", false], ["", false]])("version %j is accepted: %s", (version, ok) =>
    expect(accepted(version)).toBe(ok),
  );
  test.each([["linux", "x64", "linux-x64"], ["darwin", "arm64", "darwin-arm64"], ["linux", "riscv64", undefined], ["freebsd", "x64", undefined]])(
    "the release for %s on %s is %s",
    (platform, arch, target) => expect(releaseTarget(platform, arch)).toBe(target),
  );
  test("the cache is XDG's where it is set", () => {
    expect(cacheRoot({ XDG_CACHE_HOME: "/c" }, "/h")).toBe("/c/linuxnet/engine");
    expect(cacheRoot({ XDG_CACHE_HOME: "" }, "/h")).toBe("/h/.cache/linuxnet/engine");
  });
  test("checksums are read as sha256sum writes them", () => {
    const sum = "a".repeat(64);
    expect(checksumOf(`${"b".repeat(64)}  other\n${sum.toUpperCase()}  file.tar.gz\n`, "file.tar.gz")).toBe(sum);
    expect(checksumOf(`${sum} *file.tar.gz`, "file.tar.gz")).toBe(sum);
    expect(checksumOf("oops  file.tar.gz", "file.tar.gz")).toBeUndefined();
    expect(checksumOf("", "file.tar.gz")).toBeUndefined();
  });
  test.each([["go1.26.8", true], ["go1.21", true], ["go1.19.8", false], ["go2.0", true], ["devel", false]])("Go %s will do: %s", (go, ok) => expect(goSuffices(go)).toBe(ok));
  test.each([
    ["dial tcp: lookup proxy on 10.0.0.1:53: no such host", /cannot be reached/],
    ["reading https://proxy/x.zip: 403 Forbidden", /refuses a module/],
    ["go: errors parsing go.mod: invalid go version '1.25.11'", /too old/],
    ["write /tmp/x: no space left on device", /disk is full/],
    ["compile: signal: killed", /out of memory/],
    ["undefined: foo", /compiler failed/],
  ])("%j becomes advice", (log, advice) => expect(buildAdvice(log)).toMatch(advice));
});

test("the environment has the engine first on PATH, once, and asks nothing of the internet", () => {
  const env = environmentWith("/engine", { PATH: "/bin:/engine", HOME: "/h" });
  expect(env).toMatchObject({ PATH: "/engine:/bin", HOME: "/h", PULUMI_SKIP_UPDATE_CHECK: "true" });
});

describe("making it", () => {
  const root = resolve(__dirname, "../..");
  const node = dirname(process.execPath);
  let at: string;
  beforeAll(() => void (at = mkdtempSync(join(tmpdir(), "linuxnet-engine-"))));
  afterAll(() => rmSync(at, { recursive: true, force: true }));

  /** A folder with executable scripts. */
  function scripts(folder: string, files: Record<string, string>): string {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return folder;
  }

  /** A `go` that takes no time to speak of: it writes a script for what it was to build, and a line on each build. */
  const goScript = (builds: string) => `case "$1" in
env) echo go1.26.0 ;;
build) echo github.com/a/package >&2; while [ "$1" != -o ]; do shift; done; echo "$2" >>${builds}; sleep 0.3; printf '#!/bin/sh\\necho v3.0.0\\n' >"$2"; chmod 755 "$2" ;;
esac`;

  interface Outcome { code: number | null; signal: string | null; stdout: string; stderr: string; ms: number }

  function start(script: string, env: Record<string, string>, args: string[] = []) {
    const began = Date.now();
    const child = spawn(process.execPath, [join(root, "dist/lab", script), ...args], { env: { HOME: at, LINUXNET_PULUMI_RELEASES: "http://127.0.0.1:1", ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (d) => (stdout += d));
    child.stderr.on("data", (d) => (stderr += d));
    const done = new Promise<Outcome>((r) => child.on("close", (code, signal) => r({ code, signal, stdout, stderr, ms: Date.now() - began })));
    return { child, done };
  }
  const engine = (env: Record<string, string>) => start("engine.js", env).done;

  test("an engine on PATH is used as it is, unless it is not a 3.x", async () => {
    const good = scripts(join(at, "good"), { pulumi: "echo v3.100.0", "pulumi-language-nodejs": "", "pulumi-resource-pulumi-nodejs": "" });
    expect(await engine({ PATH: `${good}:${node}:/bin` })).toMatchObject({ code: 0, stdout: `${good}\n`, stderr: "" });
    const old = scripts(join(at, "old"), { pulumi: "echo v2.1.0", "pulumi-language-nodejs": "", "pulumi-resource-pulumi-nodejs": "", go: goScript("/dev/null") });
    const cache = join(at, "cache-old");
    const made = await engine({ PATH: `${old}:${node}:/bin:/usr/bin`, XDG_CACHE_HOME: cache });
    expect(made.stdout.trim()).toBe(join(cache, "linuxnet/engine", engineVersion, "bin"));
    expect(made.stderr).toContain("v2.1.0");
  });

  test("two at once build once, a second run builds nothing, and what a killed build left is swept away", async () => {
    const builds = join(at, "builds");
    const go = scripts(join(at, "go"), { go: goScript(builds) });
    const cache = join(at, "cache");
    const folder = join(cache, "linuxnet/engine");
    const env = { PATH: `${go}:${node}:/bin:/usr/bin`, XDG_CACHE_HOME: cache };
    const killed = start("engine.js", env);
    await expect.poll(() => existsSync(builds), { timeout: 5000, interval: 10 }).toBe(true);
    killed.child.kill("SIGKILL");
    await killed.done;
    expect(existsSync(join(folder, engineVersion))).toBe(false);

    writeFileSync(builds, "");
    const both = await Promise.all([engine(env), engine(env)]);
    for (const one of both) expect(one).toMatchObject({ code: 0, stdout: `${join(folder, engineVersion, "bin")}\n` });
    expect(readFileSync(builds, "utf8").trim().split("\n")).toHaveLength(2); // the CLI and the language host
    expect(readdirSync(folder).sort()).toEqual([engineVersion, `${engineVersion}.log`]);

    const again = await engine(env);
    expect(again.stdout).toBe(both[0]!.stdout);
    expect(readFileSync(builds, "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("without Go, one sentence says what to install", async () => {
    const failed = await engine({ PATH: scripts(join(at, "empty"), {}), XDG_CACHE_HOME: join(at, "cache-none") });
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr.trim().split("\n").at(-1)).toMatch(/needs Go: install Go 1\.25\.11 or newer .* or install Pulumi itself/);
  });

  test("a registry that refuses is one sentence with the end of Go's output, and no half engine", async () => {
    const go = scripts(join(at, "refused"), { go: `[ "$1" = env ] && echo go1.26.0 && exit; echo 'go: x@v1: reading y: 403 Forbidden' >&2; exit 1` });
    const cache = join(at, "cache-refused");
    const failed = await engine({ PATH: `${go}:${node}:/bin:/usr/bin`, XDG_CACHE_HOME: cache });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/could not be built: the Go module proxy refuses a module: set GOPROXY[^]*403 Forbidden/);
    expect(readdirSync(join(cache, "linuxnet/engine"))).toEqual([`${engineVersion}.log`]);
  });

  test("a release is downloaded only when its published checksum fits", async () => {
    const tree = scripts(join(at, "release/pulumi"), { pulumi: "echo v3.0.0", "pulumi-language-nodejs": "", "pulumi-resource-pulumi-nodejs": "" });
    const file = `pulumi-${engineVersion}-${process.platform}-${process.arch}.tar.gz`;
    const archive = join(at, file);
    await new Promise((r) => spawn("tar", ["-czf", archive, "-C", dirname(tree), "pulumi"]).on("close", r));
    const bytes = readFileSync(archive);
    let sum = createHash("sha256").update(bytes).digest("hex");
    const server = createServer((request, response) => {
      if (request.url === `/pulumi-${engineVersion.slice(1)}-checksums.txt`) response.end(`${sum}  ${file}\n`);
      else if (request.url === `/${file}`) response.end(bytes);
      else response.writeHead(404).end();
    });
    await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
    const env = (cache: string) => ({
      PATH: `${node}:/bin:/usr/bin:${scripts(join(at, "nogo"), { go: "exit 1" })}`,
      XDG_CACHE_HOME: join(at, cache),
      LINUXNET_PULUMI_RELEASES: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    try {
      const got = await engine(env("cache-release"));
      expect(got).toMatchObject({ code: 0, stdout: `${join(at, "cache-release/linuxnet/engine", engineVersion, "bin")}\n` });
      sum = "0".repeat(64);
      const wrong = await engine(env("cache-wrong"));
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain(`not the published ${sum}`);
    } finally {
      server.close();
    }
  });

  test("with-engine passes on exit status and signals, and puts the engine on PATH", async () => {
    const good = scripts(join(at, "with"), { pulumi: "echo v3.100.0", "pulumi-language-nodejs": "", "pulumi-resource-pulumi-nodejs": "" });
    const env = { PATH: `/bin:/usr/bin:${good}` };
    const run = (...args: string[]) => start("with-engine.js", env, args);
    const ran = await run("sh", "-c", "echo $PATH; exit 7").done;
    expect(ran.code).toBe(7);
    expect(ran.stdout.startsWith(`${good}:`)).toBe(true);
    const waiting = run("sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done");
    await new Promise((r) => waiting.child.stdout.once("data", r));
    waiting.child.kill("SIGTERM");
    expect((await waiting.done).code).toBe(9);
    expect((await run("no-such-command").done).stderr).toMatch(/no-such-command/);
  });

  test("a signal that comes as soon as the command runs reaches it too", async () => {
    const late = join(at, "late.cjs"); // holds the parent up while its child runs already
    writeFileSync(late, `const c = require("child_process"), { spawn } = c; c.spawn = (...a) => { const p = spawn(...a); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); return p; };`);
    const good = scripts(join(at, "late"), { pulumi: "echo v3.100.0", "pulumi-language-nodejs": "", "pulumi-resource-pulumi-nodejs": "" });
    const env = { PATH: `/bin:/usr/bin:${good}`, NODE_OPTIONS: `--require=${late}` };
    const command = "trap 'exit 9' TERM; kill -TERM $PPID; for i in $(seq 100); do sleep 0.05; done";
    expect(await start("with-engine.js", env, ["sh", "-c", command]).done).toMatchObject({ code: 9, signal: null });
  });

  test("the dynamic provider ends at once, with words, where there is no SDK", async () => {
    const began = Date.now();
    const child = spawn(process.execPath, [join(root, "lab/engine/pulumi-resource-pulumi-nodejs"), "127.0.0.1:1"], { cwd: at });
    let said = "";
    child.stderr.on("data", (d) => (said += d));
    const code = await new Promise((r) => child.on("close", r));
    expect(code).toBe(1);
    expect(said).toMatch(/no @pulumi\/pulumi can be found from .*: run `npm install`/);
    expect(Date.now() - began).toBeLessThan(3000);
  });
});
