import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../provider/host/connection.js";
import { closeAll, sessionFor } from "../../provider/host/pool.js";
import { missing, newKey, Sshd, until } from "./sshd.js";

if (missing) test.skip(`needs an SSH server: ${missing}`);

describe.skipIf(missing)("a login", () => {
  let server: Sshd;
  beforeAll(async () => void (server = await Sshd.start()));
  afterAll(async () => {
    await closeAll();
    await server?.stop();
  });

  let tags = 0;
  /** What is said of a login that fails; nothing of it is left running. */
  async function failure(change: Partial<Connection>, client?: string[]): Promise<string> {
    const tag = `failing${++tags}`;
    const connection = server.connection(tag, change, client);
    const error = await sessionFor(connection).then(() => expect.unreachable(), (e: Error) => e);
    expect(error.name).toBe("HostError");
    expect(server.clients(tag)).toEqual([]);
    return error.message;
  }
  const host = () => `127.0.0.1:${server.port}`;

  test("with a key that the host does not know is refused, and the key is named", async () => {
    const key = server.path("stranger");
    expect(await failure({ identityFile: key })).toBe(
      `${host()}: cannot log in: ${userInfo().username}@127.0.0.1: Permission denied (publickey). The host refused the login with the key ${key}: try \`ssh 127.0.0.1\` in a terminal, and set \`user\`, \`identityFile\` or your agent accordingly`,
    );
  });

  test("with a key that is not there is refused, and both are told", async () => {
    const key = server.path("nosuch");
    expect(await failure({ identityFile: key })).toMatch(new RegExp(`${key}.*Permission denied.*with the key ${key}`));
  });

  test("as a user whom the host does not know is refused", async () => {
    expect(await failure({ user: "linuxnet-nobody" })).toMatch(/cannot log in: linuxnet-nobody@127\.0\.0\.1: Permission denied .*set `user`/);
  });

  test("to a host whose key is not known is refused, and nothing is written down", async () => {
    const knownHosts = server.path("nothing-known");
    writeFileSync(knownHosts, "");
    expect(await failure({ knownHosts })).toMatch(/cannot log in: .*Host key verification failed\. Its host key is not the known one: log in once by hand and compare the key, or name a file with it in `knownHosts`/);
    expect(readFileSync(knownHosts, "utf8")).toBe("");
  });

  test("to a host whose key has changed is refused, and that is told", async () => {
    const knownHosts = server.path("changed");
    writeFileSync(knownHosts, `[127.0.0.1]:${server.port} ${readFileSync(server.path("stranger.pub"), "utf8")}`);
    expect(await failure({ knownHosts })).toMatch(/REMOTE HOST IDENTIFICATION HAS CHANGED.*Its host key is not the known one/);
  });

  test("is not asked about: a configuration that would ask is answered with no", async () => {
    const knownHosts = server.path("asks");
    rmSync(knownHosts, { force: true });
    expect(await failure({ knownHosts }, ["StrictHostKeyChecking ask", "BatchMode no"])).toMatch(/Host key verification failed/);
    expect(existsSync(knownHosts)).toBe(false);
  });

  test("takes any key where the person says so by name, and writes nothing down", async () => {
    const knownHosts = server.path("unverified");
    const session = await sessionFor(server.connection("unverified", { verifyHostKey: false, knownHosts }));
    expect(await session.run([["echo", "in"]])).toMatchObject({ rc: 0, stdout: Buffer.from("in\n"), stderr: "" });
    expect(existsSync(knownHosts)).toBe(false);
    writeFileSync(knownHosts, `[127.0.0.1]:${server.port} ${readFileSync(server.path("stranger.pub"), "utf8")}`);
    const changed = await sessionFor(server.connection("unverified-changed", { verifyHostKey: false, knownHosts }));
    expect((await changed.run([["true"]])).rc).toBe(0);
  });

  test("at a port where nobody listens is refused", async () => {
    const other = await Sshd.start();
    await other.stop();
    expect(await failure({ port: other.port })).toMatch(new RegExp(`^127\\.0\\.0\\.1:${other.port}: cannot log in: .*Connection refused\\. See that the host is up and that its SSH server listens there$`));
  });

  test("at a port where something else listens fails within its time", async () => {
    const { createServer } = await import("node:net");
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    try {
      expect(await failure({ port: (web.address() as { port: number }).port })).toMatch(/cannot log in: .+/);
    } finally {
      web.close();
    }
  });

  test("to a name that nobody knows says so", async () => {
    expect(await failure({ ssh: "nosuch.invalid", port: undefined })).toMatch(/^nosuch\.invalid: cannot log in: ssh: Could not resolve hostname nosuch\.invalid: .*\. Check the name, your ssh configuration and DNS$/);
  });

  test("where sudo wants a password is refused", async () => {
    const sudo = server.path("sudo");
    writeFileSync(sudo, "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n", { mode: 0o755 });
    server = await server.again(`SetEnv PATH=${server.folder}:/usr/bin:/bin`);
    expect(await failure({ sudo: true })).toMatch(/cannot log in: sudo: a password is required\. `sudo: true` needs a user who may run `sudo -n sh` without a password$/);
    rmSync(sudo);
  });

  test("where there is no sudo is refused", async () => {
    server = await server.again("SetEnv PATH=/nonexistent");
    expect(await failure({ sudo: true })).toMatch(/cannot log in: .*sudo: not found.*`sudo: true` needs a user/);
    server = await server.again();
  });

  test("to a host that lets nobody have a shell says what the host says", async () => {
    server = await server.again("ForceCommand echo 'This account is for tunnels only' >&2; exit 1");
    expect(await failure({})).toMatch(/cannot log in: This account is for tunnels only\. Try `ssh 127\.0\.0\.1` in a terminal$/);
    server = await server.again();
  });

  test("with a configuration that ssh does not understand says what is wrong with it", async () => {
    expect(await failure({}, ["NoSuchOption yes"])).toMatch(/cannot log in: .*line 4: Bad configuration option: nosuchoption/);
  });

  test("where OpenSSH's client is missing says what to install", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      expect(await failure({})).toMatch(/cannot log in: .*ENOENT.*\. Install OpenSSH's client: apt-get install openssh-client$/);
    } finally {
      process.env.PATH = path;
    }
  });

  test("that failed is tried anew when it is needed again", async () => {
    const key = server.path("late");
    newKey(key);
    const connection = server.connection("late", { identityFile: key });
    await expect(sessionFor(connection)).rejects.toThrow(/Permission denied/);
    appendFileSync(server.path("authorized"), readFileSync(`${key}.pub`));
    expect((await (await sessionFor(connection)).run([["true"]])).rc).toBe(0);
  });

  test("fails for all who wait for it, once", async () => {
    const connection = server.connection("waiting", { identityFile: server.path("stranger") });
    const all = await Promise.allSettled([sessionFor(connection), sessionFor(connection), sessionFor(connection)]);
    expect(new Set(all.map((one) => (one as PromiseRejectedResult).reason)).size).toBe(1);
    await until(() => server.clients("waiting").length === 0);
  });
});
