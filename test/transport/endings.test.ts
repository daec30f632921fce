import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { closeAll, sessionFor } from "../../provider/host/pool.js";
import type { Ran } from "../../provider/host/session.js";
import { compiledProvider } from "./compiled.js";
import { alive, missing, Sshd, until } from "./sshd.js";

const sh = (script: string, ...args: string[]) => ["sh", "-c", script, "sh", ...args];
const message = (ran: Promise<Ran>) => ran.then(() => expect.unreachable(), (error: Error) => error.message);

if (missing) test.skip(`needs an SSH server: ${missing}`);

describe.skipIf(missing)("a session that is lost", () => {
  let server: Sshd;
  let started: string;
  beforeEach(async () => {
    server = await Sshd.start();
    started = server.path("started");
  });
  afterEach(async () => {
    await closeAll();
    rmSync(server.folder, { recursive: true, force: true }); // What waits for its file to go ends too.
    await server.stop();
  });
  /** A command that tells that it has begun, and then goes on for as long as its file is there. */
  const long = () => sh('echo begun >>"$1"; while [ -e "$1" ]; do sleep 0.05; done', started);
  const begun = () => until(() => existsSync(started) && readFileSync(started, "utf8") !== "");

  async function busy(tag: string) {
    const session = await sessionFor(server.connection(tag));
    const shell = Number((await session.run([sh("echo $PPID")])).stdout.toString());
    const running = message(session.run([["echo", "first"], long()]));
    const queued = [message(session.run([["echo", "second"]])), message(session.run([["echo", "third"]]))];
    await begun();
    return { session, shell, running, queued };
  }

  test.each([
    ["its ssh is killed", (tag: string) => process.kill(server.clients(tag)[0]!.pid, "SIGKILL"), /ssh ended with status SIGKILL/],
    ["the host ends it", () => server.logins().filter((p) => p.command.startsWith("sshd")).forEach((p) => process.kill(p.pid, "SIGKILL")), /closed by remote host|Connection to 127\.0\.0\.1 closed|Broken pipe|reset by peer/i],
    ["its shell on the host is killed, and then the command ends", (_tag: string, shell: number) => (process.kill(shell, "SIGKILL"), rmSync(started)), /ssh ended with status/],
  ] as const)("because %s names the host, what may have run and what has not", async (_how, kill, why) => {
    const { session, shell, running, queued } = await busy("lost");
    kill("lost", shell);
    const host = `127.0.0.1:${server.port}`;
    const first = await running;
    expect(first).toMatch(new RegExp(`^${host.replaceAll(".", "\\.")}: the SSH session is lost \\(.+\\)\\. It may have run: \`echo first && sh -c .*\`\\. Run pulumi up again; it looks at the host before it acts$`));
    expect(first).toMatch(why);
    expect(await Promise.all(queued)).toEqual([expect.stringMatching(/It has not run: `echo second`/), expect.stringMatching(/It has not run: `echo third`/)]);
    await session.ended;
    expect(await message(session.run([["echo", "late"]]))).toMatch(/the SSH session is lost .*It has not run: `echo late`/);
    expect(server.clients("lost")).toEqual([]);
  });

  test("is replaced at the next need, at the very moment it is known to be lost, and nothing is run twice", async () => {
    const { session, running } = await busy("replaced");
    process.kill(server.clients("replaced")[0]!.pid, "SIGKILL");
    const next = running.then(() => sessionFor(server.connection("replaced")));
    expect(await next).not.toBe(session);
    expect(await (await next).run([["cat", started]])).toMatchObject({ rc: 0, stdout: Buffer.from("begun\n") });
  });

  test("because a command takes too long ends, and says how long it may take", async () => {
    const session = await sessionFor(server.connection("deadline"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const running = message(session.run([long()]));
      const queued = message(session.run([["echo", "second"]]));
      vi.advanceTimersByTime(60_000);
      expect(await running).toMatch(/the SSH session is lost \(no answer in 60 s\)\. It may have run: `sh -c/);
      expect(await queued).toMatch(/\(no answer in 60 s\)\. It has not run: `echo second`/);
    } finally {
      vi.useRealTimers();
    }
    expect(server.clients("deadline")).toEqual([]);
  });
});

describe.skipIf(missing)("a process with a session", () => {
  let server: Sshd;
  let provider: ReturnType<typeof compiledProvider>;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    server = await Sshd.start();
    provider = compiledProvider();
  });
  afterEach(() => void child?.kill("SIGKILL"));
  afterAll(async () => {
    await server?.stop();
    provider?.remove();
  });

  /** Starts a process that opens a session, says its shell's id, and then does what `then` says. */
  async function start(tag: string, then: string) {
    const script = join(provider.folder, `${tag}.js`);
    writeFileSync(
      script,
      `const { sessionFor, closeAll } = require("./provider/host/pool.js");
sessionFor(${JSON.stringify(server.connection(tag))}).then(async (session) => {
  const { stdout } = await session.run([["sh", "-c", "echo $PPID"]]);
  console.log(stdout.toString().trim());
  ${then}
});`,
    );
    const node = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    child = node;
    const ended = new Promise<void>((resolve) => node.on("exit", () => resolve()));
    let said = "";
    node.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const shell = Number(await until(() => /^(\d+)\n/.exec(said)?.[1]));
    return { node, shell, ended };
  }
  const nothingLeft = (tag: string, shell: number) => until(() => server.clients(tag).length === 0 && !alive(shell));

  test.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)("that ends by %s leaves no ssh and no shell on the host behind", async (signal) => {
    const { node, shell, ended } = await start(signal, "setInterval(() => undefined, 1000);");
    expect(alive(shell)).toBe(true);
    expect(server.clients(signal)).toHaveLength(1);
    node.kill(signal);
    await ended;
    await nothingLeft(signal, shell);
  });

  test("that dies in mid-command leaves nothing behind once the command is done", async () => {
    const file = server.path("mid-command");
    const { node, shell, ended } = await start("busy", `session.run([["sh", "-c", 'echo begun >"$1"; while [ -e "$1" ]; do sleep 0.05; done', "sh", ${JSON.stringify(file)}]]);`);
    await until(() => existsSync(file));
    node.kill("SIGKILL");
    await ended;
    rmSync(file);
    await nothingLeft("busy", shell);
  });

  test("ends by itself when its sessions are closed", async () => {
    const { shell, ended, node } = await start("closing", "await closeAll();");
    await ended;
    expect(node.exitCode).toBe(0);
    await nothingLeft("closing", shell);
  });

  test("ends at once by process.exit, whatever is still running", async () => {
    const file = server.path("exiting");
    writeFileSync(file, "");
    const { shell, ended, node } = await start("exiting", `void session.run([["sh", "-c", 'while [ -e "$1" ]; do sleep 0.05; done', "sh", ${JSON.stringify(file)}]]); setTimeout(() => process.exit(7), 50);`);
    await ended;
    expect(node.exitCode).toBe(7);
    rmSync(file);
    await nothingLeft("exiting", shell);
  });

  test("ends by itself when it has nothing to do, though a session is open", async () => {
    const { shell, ended, node } = await start("idle", "");
    await ended;
    expect(node.exitCode).toBe(0);
    await nothingLeft("idle", shell);
  });
});
