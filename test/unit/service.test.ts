import fc from "fast-check";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { checkShape } from "../../provider/check.js";
import { typed } from "../../provider/errors.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { service, serviceShape } from "../../provider/kinds/service.js";
import { differences } from "../../provider/plan.js";
import { localShell } from "./local-shell.js";

// What the kind's commands do, on this machine: its folders and control groups are the test's own.
const root = mkdtempSync(join(tmpdir(), "linuxnet-service-"));
const folder = join(root, "run/service:it");
const places: Record<string, string> = { "/run/linuxnet": join(root, "run"), "/sys/fs/cgroup": join(root, "cgroup") };
const moved = (word: string) => Object.entries(places).reduce((w, [from, to]) => w.replaceAll(from, to), word);
const shell = localShell({ ...process.env, LOGIN: "of the login" });
const run = (commands: readonly Argv[], by = shell) => by.run(commands.map((argv) => Object.assign(argv.map(moved), { input: argv.input })));

type Want = Parameters<typeof service.show>[0];

function wanted(properties: object): Want {
  const { value, problems } = checkShape(serviceShape, { name: "it", ...properties });
  expect(problems).toEqual([]);
  return value as Want;
}

async function look(want: Want) {
  const shown = await run(service.show(want));
  expect(shown).toMatchObject({ rc: 0, stderr: "" });
  return service.parse([shown.stdout.toString()], want);
}

/** Waits for a condition. */
async function until<T>(condition: () => T | false | undefined | Promise<T | false | undefined>): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`never: ${condition}`);
}

/** What asking whether it is settled says in the end. */
async function settle(want: Want) {
  const { probe, notYet } = service.settled!(want);
  return until(async () => {
    const ran = await run([probe]);
    return ran.rc !== notYet && ran;
  });
}

async function start(properties: object, by = shell): Promise<Want> {
  const want = wanted(properties);
  expect(await run(service.add(want), by)).toMatchObject({ rc: 0, stdout: Buffer.alloc(0), stderr: "" });
  return want;
}

async function started(properties: object, by = shell): Promise<Want> {
  const want = await start(properties, by);
  expect(await settle(want)).toMatchObject({ rc: 0, stderr: "" });
  return want;
}

const stop = (want: Want) => run(service.del(want, {}));
/** A file's text; of a process that ends while it is looked at there is none. */
const file = (name: string): string | undefined => {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return undefined;
  }
};
const runs = (pid: unknown) => /\) [^Z] /.test(file(`/proc/${pid}/stat`) ?? "");
/** The processes whose arguments hold a text. */
const bearing = (text: string) => readdirSync("/proc").filter((p) => /^\d+$/.test(p) && runs(p) && file(`/proc/${p}/cmdline`)?.includes(text));

/** A server that answers with a status, after `seconds`. */
const SERVER = `use IO::Socket::INET; sleep shift; my $status = shift; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => shift, ReuseAddr => 1) or die "no port: $!\\n";
while (my $c = $s->accept) { my $l = <$c>; print $c "HTTP/1.0 $status X\\r\\n\\r\\n"; close $c }`;
const server = (seconds: number, status: number, port: number) => ["perl", "-e", SERVER, String(seconds), String(status), String(port)];

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

beforeAll(() => {
  mkdirSync(join(root, "cgroup"));
  writeFileSync(join(root, "cgroup/cgroup.procs"), "");
});
afterEach(async () => {
  expect(await stop(wanted({ command: ["none"], grace: 0 }))).toMatchObject({ rc: 0, stderr: "" });
  expect(bearing(root)).toEqual([]);
});
afterAll(async () => {
  await shell.close();
  rmSync(root, { recursive: true });
});

describe("a service's process", () => {
  const TELL = 'printf "%s\\0" "$@" >"$0.words"; cat "/proc/$$/environ" >"$0.new"; mv "$0.new" "$0.environ"; exec sleep 1000';
  const told = join(root, "told");
  const word = fc.oneof(
    fc.constantFrom("", "'", '"', "\\", "\n", "a\n", "\n\n", "$(reboot)", "`id`", "$HOME", "-n", "--", "-", "*", "~", "a b", "\t", "!", "#", ";", "&&", "|", ">x", "{a,b}", "\r", "'\\''", "ü", "\u{1f600}", "linuxnet_end"),
    fc.string({ unit: "binary" }).map((s) => s.replaceAll("\0", "")),
  );
  const variable = fc.oneof(fc.constantFrom("d", "user", "workdir", "environment", "state", "start", "IFS", "HOME", "group"), fc.stringMatching(/^V_\w{0,9}$/));
  /** What a process was given, which need not be text. */
  const given = (name: string) => readFileSync(`${told}.${name}`, "latin1").split("\0").slice(0, -1).map((text) => Buffer.from(text, "latin1").toString());

  test("gets exactly the arguments and the environment that the program says, and nothing of the login's", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), fc.dictionary(variable, word, { maxKeys: 5, noNullPrototype: true }), async (words, env) => {
        rmSync(`${told}.environ`, { force: true });
        const want = wanted({ command: ["/bin/sh", "-c", TELL, told, ...words], env, grace: 0 });
        await stop(want);
        await started(want);
        await until(() => existsSync(`${told}.environ`));
        expect(given("words")).toEqual(words.length ? words : [""]);
        const environ = Object.fromEntries(given("environ").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
        expect(environ).toEqual({ PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", PWD: "/", ...env });
        expect(await look(want)).toMatchObject({ command: want.command, env, running: true });
      }),
      { numRuns: 25 },
    );
  });

  test("bears no secret of its environment, nor does any other process, file or message", async () => {
    const want = await started({ command: ["sleep", "1000"], env: { TOKEN: "hunter2-sesame" } });
    expect(bearing("hunter2-sesame")).toEqual([]);
    for (const name of readdirSync(folder)) if (statSync(join(folder, name)).isFile()) expect(file(join(folder, name)) ?? "").not.toContain("hunter2");
    expect(typed(service.add(want)[0]!)).not.toContain("hunter2");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await look({ ...want, env: { TOKEN: "hunter3-sesame" } })).toMatchObject({ env: undefined });
  });

  test("starts in its directory as its user, with that user's groups and no signal ignored", async () => {
    const want = await started({ command: ["sleep", "1000"], user: "nobody", workdir: "/usr" });
    const { pid } = (await look(want))!;
    const status = await until(() => /^Uid:\t65534\t65534/m.test(String(file(`/proc/${pid}/status`))) && file(`/proc/${pid}/status`));
    expect(status).toMatch(/^Gid:\t65534\t65534/m);
    expect(status).toMatch(/^Groups:\t65534 $/m);
    expect(status).toMatch(/^SigIgn:\t0+$/m);
    const cwd = await shell.run([["readlink", `/proc/${pid}/cwd`]]);
    expect(cwd.stdout.toString()).toBe("/usr\n");
  });

  test("outlives the login, in a session and control group of its own", async () => {
    const login = localShell();
    const want = await started({ command: ["sleep", "1000"] }, login);
    await login.close();
    expect(await look(want)).toMatchObject({ running: true });
    const keeper = String(file(join(folder, "keeper"))).split(" ")[0]!;
    expect(file(join(root, "cgroup/cgroup.procs"))).toBe(`${keeper}\n`);
    expect(String(file(`/proc/${keeper}/stat`)).split(") ")[1]!.split(" ").slice(2, 4)).toEqual([keeper, keeper]);
  });
});

describe("ending a service", () => {
  test("ends everything that it started, also what left its session and will not hear", async () => {
    const deaf = `trap "" TERM HUP; echo "$1" >>${join(root, "deaf")}; while :; do sleep 1000; done`;
    const command = ["sh", "-c", `(setsid sh -c '${deaf}' ${root} one &) ; setsid -f sh -c '${deaf}' ${root} two; exec sleep 1000`];
    const want = await started({ command, grace: 0 });
    await until(() => String(file(join(root, "deaf"))).split("\n").length === 3);
    expect(bearing(`${root}\0`).length).toBeGreaterThanOrEqual(2);
    expect(await stop(want)).toMatchObject({ rc: 0, stderr: "" });
    expect(bearing(`${root}\0`)).toEqual([]);
    expect(await look(want)).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
  });

  test("asks first, and waits for an orderly end", async () => {
    const mark = join(root, "orderly");
    const want = await started({ command: ["sh", "-c", 'trap "sleep 0.2; echo done >$0; exit" TERM; echo ready >$0; while :; do sleep 0.05; done', mark], grace: 30 });
    await until(() => file(mark) === "ready\n");
    expect(await stop(want)).toMatchObject({ rc: 0 });
    expect(file(mark)).toBe("done\n");
  });

  test("needs no patience with a program that leaves signals as they are", async () => {
    const want = await started({ command: ["sleep", "1000"], grace: 30 });
    const before = Date.now();
    await stop(want);
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  test("never ends another process that has the number of one that ended", async () => {
    const other = spawn("sleep", ["1000"]);
    onTestFinished(() => void other.kill("SIGKILL"));
    const want = await started({ command: ["sleep", "1000"], grace: 0 });
    const { pid } = (await look(want))!;
    for (const name of ["init", "main", "keeper"]) {
      writeFileSync(join(folder, name), `${other.pid} 1\n`);
    }
    expect(await look(want)).toMatchObject({ running: false });
    expect(await stop(want)).toMatchObject({ rc: 0 });
    expect(runs(other.pid)).toBe(true);
    process.kill(pid as number, "SIGKILL");
    await until(() => bearing(root).length === 0);
  });
});

describe("a service that does not come up", () => {
  test.each([
    ["a program that is not there", { command: ["linuxnet-no-such-program"] }, /^it has ended with exit status 127; the end of its log:\n.*linuxnet-no-such-program: not found\n$/],
    ["a directory that is not there", { command: ["true"], workdir: "/nonexistent" }, /cd.*\/nonexistent/],
    ["a user that is not there", { command: ["true"], user: "linuxnet-nobody" }, /id: .linuxnet-nobody.: no such user/],
    ["a namespace that is not there", { command: ["true"], netns: "linuxnet-none" }, /Cannot open network namespace "linuxnet-none"/],
    ["a program that fails at once", { command: ["sh", "-c", "echo one; echo two >&2; exit 3"] }, /^it has ended with exit status 3; the end of its log:\none\ntwo\n$/],
  ])("says why: %s", async (_what, properties, why) => {
    const ended = await settle(await start({ ...properties, ready: { tcp: 1 } }));
    expect(ended.rc).toBe(1);
    expect(ended.stderr).toMatch(why);
  });

  test("shows that it ended, and how, and what was started", async () => {
    const want = await start({ command: ["sh", "-c", "exit 3"] });
    expect(await until(async () => !(await look(want))!.running && look(want))).toMatchObject({ command: want.command, running: false, pid: undefined });
  });
});

describe("a service is ready", () => {
  test("when it listens itself, whoever else does", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    onTestFinished(() => void other.close());
    const want = await start({ command: ["sleep", "1000"], ready: { tcp: port } });
    const { probe, notYet } = service.settled!(want);
    await until(async () => (await run([probe])).stderr.includes("nothing of it listens on the TCP port"));
    expect(await run([probe])).toMatchObject({ rc: notYet });
    await new Promise((resolve) => other.close(resolve));
    await stop({ ...want, grace: 0 });
    await started({ command: server(0.3, 200, port), ready: { tcp: port } });
  });

  test("when it answers, and not with an error", async () => {
    const port = await freePort();
    const ready = { http: `http://127.0.0.1:${port}/it's?a=1` };
    const want = await start({ command: server(0, 503, port), ready });
    const { probe, notYet } = service.settled!(want);
    await until(async () => (await run([probe])).stderr.includes("it is not ready: HTTP status 503"));
    expect(await run([probe])).toMatchObject({ rc: notYet });
    await stop({ ...want, grace: 0 });
    await started({ command: server(0.3, 204, port), ready });
  });

  test("when a command of the program's own succeeds, which sees what the service sees", async () => {
    const mark = join(root, "mark");
    const want = await start({ command: ["sh", "-c", "sleep 0.3; echo >$0; exec sleep 1000", mark], ready: { command: ["sh", "-c", 'test -e "$0" && ls -d /proc/[0-9]* && test -d /proc/1', mark] } });
    expect(existsSync(mark)).toBe(false);
    expect(await settle(want)).toMatchObject({ rc: 0 });
    expect(existsSync(mark)).toBe(true);
  });
});

test("a service is not started anew for what is only waited for", async () => {
  const want = await started({ command: ["sleep", "1000"], env: { A: "b" } });
  const observed = (await look(want))!;
  const kind = service as unknown as Kind;
  expect(differences(kind, { ...want, grace: 1, ready: { tcp: 1, timeout: 1 } }, observed)).toEqual([]);
  expect(differences(kind, { ...want, env: { A: "c" } }, (await look({ ...want, env: { A: "c" } }))!)).toEqual(["env"]);
});

test("a service that runs is not started over", async () => {
  const want = await started({ command: ["sleep", "1000"] });
  expect(await run(service.add(want))).toMatchObject({ rc: 1, stderr: expect.stringMatching(/^it runs already, as process \d+\n$/) });
  expect(await look(want)).toMatchObject({ running: true });
});

test("a service's log keeps its end, in a bounded space", async () => {
  const want = await started({ command: ["sh", "-c", "yes linuxnet-0123456789 | head -c 5000000; echo the end; exec sleep 1000"] });
  const log = () => ["log.2", "log.1", "log"].map((name) => file(join(folder, name)) || "").join("");
  await until(() => log().endsWith("the end\n"));
  expect(log().length).toBeLessThan(1_600_000);
  expect(log().length).toBeGreaterThan(500_000);
  expect((await look(want))!.log).toBe("/run/linuxnet/service:it/log");
});

test("what is wrong with a service's properties is said", () => {
  const problems = (properties: object) => checkShape(serviceShape, { name: "it", command: ["true"], ...properties }).problems.map((p) => `${p.property}: ${p.reason}`);
  expect(problems({ command: [] })).toEqual(['command: null is not a program: its name or path, without a leading "-"']);
  expect(problems({ command: ["-x"], name: "a/b" })).toEqual([expect.stringMatching(/^name: "a\/b" is not/), expect.stringMatching(/^command: "-x" is not a program/)]);
  expect(problems({ command: ["a", "b\0"] })).toEqual(["command[1]: holds a NUL character, which ends an argument"]);
  expect(problems({ env: { "a b": "" } })).toEqual([expect.stringContaining('"a b" is not a variable\'s name')]);
  expect(problems({ workdir: "usr", user: "-x", running: false, grace: 31 })).toHaveLength(4);
  expect(problems({ ready: { http: "https://a" } })).toEqual([expect.stringMatching(/^ready.http: .*https is not checked/)]);
  expect(service.rules!(wanted({ command: ["true"], ready: { tcp: 1, http: "http://a" } }), undefined)).toEqual([{ property: "ready", reason: "is one of tcp, http and command" }]);
});
