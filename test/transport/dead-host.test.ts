import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeAll, sessionFor } from "../../provider/host/pool.js";
import { missing, Sshd } from "./sshd.js";

/** Seconds in which a host that answers no more must be noticed. */
const BOUND = 15;

if (missing) test.skip(`needs an SSH server: ${missing}`);

describe.skipIf(missing)("a host that is dead but still holds its connections", () => {
  let server: Sshd;
  const stopped: number[] = [];
  beforeAll(async () => void (server = await Sshd.start()));
  afterAll(async () => {
    for (const pid of stopped) process.kill(pid, "SIGKILL");
    await closeAll();
    await server?.stop();
  });

  test(`is noticed in under ${BOUND} s, by a command that runs and by one that is asked for later`, async () => {
    const session = await sessionFor(server.connection("dead"));
    await session.run([["true"]]);
    for (const { pid } of server.logins().filter((p) => p.command.startsWith("sshd"))) {
      process.kill(pid, "SIGSTOP");
      stopped.push(pid);
    }
    const since = performance.now();
    const running = session.run([["echo", "never"]]).then(() => expect.unreachable(), (error: Error) => error.message);
    expect(await running).toMatch(/^127\.0\.0\.1:\d+: the SSH session is lost \(.+\)\. It may have run: `echo never`/);
    expect((performance.now() - since) / 1000).toBeLessThan(BOUND);
    expect(server.clients("dead")).toEqual([]);
    await expect(session.run([["echo", "late"]])).rejects.toThrow(/It has not run: `echo late`/);
  });
});
