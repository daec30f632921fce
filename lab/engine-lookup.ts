import { delimiter, join } from "node:path";

/** The engine's version where it is not on PATH already: what the modules under `engine/` pin. */
export const engineVersion = "v3.256.0";

/** The commands that an engine for programs like these consists of. */
export const engineCommands = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

/** The folder of `path` whose `pulumi` would run, when the rest of the engine is there or on `path` too; undefined otherwise. */
export function engineOnPath(path: string, executable: (file: string) => boolean): string | undefined {
  const folders = path.split(delimiter).filter(Boolean);
  const where = (command: string) => folders.find((folder) => executable(join(folder, command)));
  const found = engineCommands.map(where);
  return found.every((folder) => folder !== undefined) ? found[0] : undefined;
}

/** Whether a program with the SDK that is installed here can run on the engine that prints this as its version. */
export const accepted = (version: string) => /^v?3\.\d+\.\d+/.test(version.trim());

/** What Pulumi calls the system that Node calls `platform` and `arch`; undefined where it has no release for it. */
export function releaseTarget(platform: string, arch: string): string | undefined {
  const systems = ["linux", "darwin"];
  const processors = ["x64", "arm64"];
  return systems.includes(platform) && processors.includes(arch) ? `${platform}-${arch}` : undefined;
}

/** The SHA-256 of `file` according to a list as `sha256sum` writes it, in lower case; undefined when it is not in the list. */
export function checksumOf(list: string, file: string): string | undefined {
  const line = list.split("\n").map((l) => l.trim().split(/\s+\*?/)).find(([, name]) => name === file);
  return line && /^[0-9a-f]{64}$/i.test(line[0]!) ? line[0]!.toLowerCase() : undefined;
}

/** The folder that holds engines, one folder a version; `env` and `home` as the process has them. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "linuxnet", "engine");
}

/** Whether Go of this version (`go1.22.1`) can read the modules here; from 1.21 on it fetches a newer one of itself by need. */
export function goSuffices(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return major !== undefined && (Number(major) > 1 || Number(minor) >= 21);
}

/** Why `go build` failed, in a few words and what to do, as far as its last words tell. */
export function buildAdvice(log: string): string {
  if (/no space left on device/i.test(log)) return "the disk is full: the build needs about 3 GB in Go's caches and $TMPDIR";
  if (/dial tcp|no such host|i\/o timeout|connection (refused|reset)|network is unreachable|TLS handshake|x509/i.test(log)) {
    return "the Go module proxy cannot be reached: connect to it, or set GOPROXY to one that can be";
  }
  if (/\b(403 Forbidden|404 Not Found|410 Gone|5\d\d [A-Z])/.test(log)) return "the Go module proxy refuses a module: set GOPROXY to one that has it";
  if (/toolchain not available|requires go >=|invalid go version/i.test(log)) return "this Go is too old and could not fetch a newer one: install Go 1.25.11 or newer";
  if (/signal: killed|cannot allocate memory|out of memory/i.test(log)) return "the compiler ran out of memory: it needs about 3 GB";
  return "the compiler failed";
}
