import fc from "fast-check";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { closeAll, sessionFor } from "../../provider/host/pool.js";
import { openSession, type Session } from "../../provider/host/session.js";
import { missing, Sshd, until } from "./sshd.js";

const sh = (script: string, ...args: string[]) => ["sh", "-c", script, "sh", ...args];
const text = async (ran: ReturnType<Session["run"]>) => (await ran).stdout.toString();

if (missing) test.skip(`needs an SSH server: ${missing}`);

describe.skipIf(missing)("a session", () => {
  let server: Sshd;
  let session: Session;
  beforeAll(async () => {
    server = await Sshd.start("MaxSessions 1");
    session = await openSession("host1", server.connection("all"));
  });
  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  test("is one ssh, one login and one shell for all that is run", async () => {
    const shells = await Promise.all(Array.from({ length: 20 }, () => text(session.run([sh("echo $PPID")]))));
    expect(new Set(shells).size).toBe(1);
    expect(server.clients("all")).toHaveLength(1);
    expect(server.logins().filter((p) => p.pid === Number(shells[0]))).toHaveLength(1);
  });

  test("keeps standard output, standard error and exit status apart", async () => {
    expect(await session.run([sh("echo out; echo err >&2; exit 7")])).toEqual({ rc: 7, stdout: Buffer.from("out\n"), stderr: "err\n", done: 0 });
    expect(await session.run([["true"]])).toEqual({ rc: 0, stdout: Buffer.alloc(0), stderr: "", done: 1 });
    expect(await session.run([sh("printf no-newline; printf neither >&2")])).toEqual({ rc: 0, stdout: Buffer.from("no-newline"), stderr: "neither", done: 1 });
    expect(await session.run([sh("kill -9 $$")])).toMatchObject({ rc: 137 });
  });

  test("carries any bytes both ways, also NUL, also without an end of line", async () => {
    const every = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    expect((await session.run([["cat"]], { stdin: every })).stdout.equals(every)).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const { stdout } = await session.run([["cat"]], { stdin: Buffer.from(bytes) });
        expect(stdout.equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("gives a command its input, and none to one that has none", async () => {
    expect(await text(session.run([["sort"]], { stdin: Buffer.from("b\na\n") }))).toBe("a\nb\n");
    expect(await session.run([["cat"]])).toMatchObject({ rc: 0, stdout: Buffer.alloc(0) });
    expect(await session.run([["false"]], { stdin: Buffer.from("unread") })).toMatchObject({ rc: 1 });
    expect(await text(session.run([["echo", "on"]]))).toBe("on\n");
  });

  test("carries 5 MB each way, on either stream, whole", async () => {
    const size = 5 * 1024 * 1024;
    const out = await session.run([sh(`yes 0123456789 | head -c ${size}`)]);
    expect(createHash("sha256").update(out.stdout).digest("hex")).toBe(createHash("sha256").update("0123456789\n".repeat(size / 11 + 1).slice(0, size)).digest("hex"));
    expect((await session.run([sh(`yes e | head -c ${size} >&2`)])).stderr).toHaveLength(size);
    const bytes = Buffer.alloc(size, "abc");
    expect(await text(session.run([["sha256sum"]], { stdin: bytes }))).toBe(`${createHash("sha256").update(bytes).digest("hex")}  -\n`);
  });

  test("answers 200 requests at once each with its own answer", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => session.run([sh('echo "$1"; echo "e$1" >&2; exit $(($1 % 100))', String(i))])));
    expect(answers.map((a) => [a.stdout.toString(), a.stderr, a.rc])).toEqual(answers.map((_, i) => [`${i}\n`, `e${i}\n`, i % 100]));
  });

  test("never interprets an argument", async () => {
    const word = fc.oneof(fc.constantFrom("", "$(touch /tmp/x)", "`id`", "'", '"', "\\", "a\nb", "-n", "--help", ";", "*", "~", "$HOME", "ü"), fc.string({ unit: "binary" }).map((s) => s.replaceAll("\0", "")));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (words) => {
        const { stdout } = await session.run([["env", "printf", "%s\\0", ...words]]);
        expect(stdout.toString().split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 30 },
    );
  });

  test("refuses an argument with a NUL, and lives on", async () => {
    await expect(async () => session.run([["echo", "a\0b"]])).rejects.toThrow(/NUL/);
    expect(await text(session.run([["echo", "on"]]))).toBe("on\n");
  });

  test("stops at the first command that fails, and says how many were done", async () => {
    expect(await session.run([["echo", "a"], ["echo", "b"], sh("echo c >&2; exit 3"), ["echo", "d"]])).toEqual({ rc: 3, stdout: Buffer.from("a\nb\n"), stderr: "c\n", done: 2 });
    expect(await session.run([])).toMatchObject({ rc: 0, done: 0 });
  });

  test.skipIf(!existsSync("/sbin/ip") && !existsSync("/usr/sbin/ip"))("says of commands of iproute2 that share a process what each said, and which failed", async () => {
    const all = await session.run([["ip", "-j", "link", "show", "dev", "lo"], ["ip", "-j", "link", "show", "dev", "lo"]]);
    expect(all).toMatchObject({ rc: 0, done: 2, stderr: "" });
    expect(all.stdout.toString().trim().split("\n").map((line) => (JSON.parse(line) as { ifname: string }[])[0]!.ifname)).toEqual(["lo", "lo"]);
    const failed = await session.run([["ip", "link", "show", "dev", "lo"], ["ip", "link", "show", "dev", "nosuch"], ["ip", "link", "show", "dev", "lo"]]);
    expect(failed).toMatchObject({ rc: 1, done: 1, stderr: 'Device "nosuch" does not exist.\n' });
  });

  test("lives on after a command that is not there, that ends its own shell, or that leaves something running", async () => {
    expect(await session.run([["linuxnet-no-such-command"]])).toMatchObject({ rc: 127 });
    expect(await session.run([sh("exit 5")])).toMatchObject({ rc: 5 });
    const go = server.path("go");
    writeFileSync(go, "");
    await session.run([sh('while [ -e "$1" ]; do sleep 0.05; done >/dev/null 2>&1 </dev/null &', go)]);
    expect(await text(session.run([["echo", "on"]]))).toBe("on\n");
    expect((await session.run([["rm", go]])).rc).toBe(0);
  });

  test("ends on the host a command that takes longer than it may, and lives on", async () => {
    const marker = server.path("ended");
    const ran = await session.run([sh('trap \'echo ended >"$1"; exit 9\' TERM; while :; do sleep 0.05; done', marker)], { seconds: 0.3 });
    expect(ran.rc).not.toBe(0);
    await until(() => existsSync(marker));
    expect(await session.run([["sleep", "100"]], { seconds: 0.2 })).toMatchObject({ rc: 124, done: 0 });
    expect(await text(session.run([["echo", "on"]]))).toBe("on\n");
  });
});

describe.skipIf(missing)("the noise of a login", () => {
  test("does not disturb: a banner, what a shell says when it starts, and what ssh itself has to say", async () => {
    let server = await Sshd.start();
    try {
      writeFileSync(server.path("banner"), "Authorised use only\n\nlinuxnet- is watching\n");
      writeFileSync(server.path("login"), "echo Welcome; echo 'Last login: yesterday' >&2; printf 'no newline'; printf 'here neither' >&2\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
      server = await server.again(`Banner ${server.path("banner")}`, `ForceCommand sh ${server.path("login")}`);
      const session = await openSession("host1", server.connection("noise", {}, ["LogLevel DEBUG1"]));
      expect(await session.run([["echo", "out"]])).toEqual({ rc: 0, stdout: Buffer.from("out\n"), stderr: "", done: 1 });
      expect(await session.run([sh("echo err >&2; exit 1")])).toEqual({ rc: 1, stdout: Buffer.alloc(0), stderr: "err\n", done: 0 });
      await session.close();
    } finally {
      await server.stop();
    }
  });
});

describe.skipIf(missing)("the sessions of a process", () => {
  let server: Sshd;
  beforeEach(async () => void (server = await Sshd.start()));
  afterEach(async () => {
    await closeAll();
    await server.stop();
  });

  test("are one for each way into a host, opened once, whoever asks first", async () => {
    const connection = server.connection("pool");
    const [a, b] = await Promise.all([sessionFor(connection), sessionFor({ ...connection })]);
    expect(a).toBe(b);
    expect(await sessionFor(Object.fromEntries(Object.entries(connection).reverse()) as typeof connection)).toBe(a);
    expect(server.clients("pool")).toHaveLength(1);
    expect(await sessionFor(server.connection("other"))).not.toBe(a);
  });

  test("end when they are closed, after what was asked of them, and are opened anew when they are needed again", async () => {
    const connection = server.connection("close");
    const session = await sessionFor(connection);
    const last = session.run([sh("sleep 0.2; echo done")]);
    const closed = session.close();
    await expect(session.run([["echo", "late"]])).rejects.toThrow(/the SSH session is lost \(it was closed\)\. It has not run: `echo late`/);
    expect(await sessionFor(connection)).not.toBe(session);
    expect(await text(last)).toBe("done\n");
    await closed;
    await session.close();
    await closeAll();
    expect(server.clients("close")).toEqual([]);
    await until(() => server.logins().length === 0);
    expect(await text((await sessionFor(connection)).run([["echo", "anew"]]))).toBe("anew\n");
  });

  test("leave no process and no socket behind, also where the person's configuration keeps connections", async () => {
    const socket = server.path("control");
    const client = [`ControlMaster auto`, `ControlPath ${socket}`, "ControlPersist 600"];
    const connection = server.connection("persist", {}, client);
    const session = await sessionFor(connection);
    expect(await text(session.run([["echo", "on"]]))).toBe("on\n");
    expect(existsSync(socket)).toBe(false);
    await closeAll();
    expect(server.clients("persist")).toEqual([]);
    await until(() => server.logins().length === 0);
  });

  test("work with a configuration that is made for terminals and tunnels", async () => {
    const client = ["RequestTTY force", "RemoteCommand echo hello", "ForwardAgent yes", "LocalCommand echo local", "PermitLocalCommand yes", `LocalForward ${server.port} 127.0.0.1:1`, "ExitOnForwardFailure yes", "ServerAliveInterval 0", "BatchMode no", "EscapeChar ~"];
    const session = await sessionFor(server.connection("terminal", {}, client));
    expect(await session.run([sh("tty || true; echo \"<$SSH_TTY>\"")])).toMatchObject({ rc: 0, stdout: Buffer.from("not a tty\n<>\n") });
    expect(await text(session.run([["cat"]], { stdin: Buffer.from("\n~.\n~?") }))).toBe("\n~.\n~?");
  });

  test("take paths with blanks and percent signs for what they are", async () => {
    const [key, known] = [server.path("my %h key"), server.path("known %% hosts")];
    writeFileSync(key, readFileSync(server.path("user")), { mode: 0o600 });
    writeFileSync(known, readFileSync(server.path("known")));
    const session = await sessionFor(server.connection("paths", { identityFile: key, knownHosts: known }));
    expect(await text(session.run([["echo", "in"]]))).toBe("in\n");
  });

  test("log in as root by sudo when that is asked for, here by a stand-in for it", async () => {
    const sudo = server.path("sudo");
    writeFileSync(sudo, '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nunset SSH_CONNECTION\nLINUXNET_BY=sudo exec "$@"\n', { mode: 0o755 });
    server = await server.again(`SetEnv PATH=${server.folder}:/usr/bin:/bin`);
    const session = await sessionFor(server.connection("sudo", { sudo: true }));
    expect(await text(session.run([sh("echo $LINUXNET_BY")]))).toBe("sudo\n");
    expect(await text(session.run([sh("echo $SSH_CONNECTION")]))).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\n$/);
  });
});
