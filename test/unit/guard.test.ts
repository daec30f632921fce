import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HostError } from "../../provider/errors.js";
import { heed } from "../../provider/host/changes.js";
import { Groups } from "../../provider/host/groups.js";
import { takenBack, type GuardedChange } from "../../provider/host/guard-program.js";
import { guarded } from "../../provider/host/guard.js";
import type { Session } from "../../provider/host/session.js";
import { readReports, TakenBack } from "../../provider/host/taken-back.js";

const change: GuardedChange = {
  owner: "net/dev/mine",
  what: "change Route default",
  why: "it is the default route",
  claims: [["linuxnet_claim", "file", "{}", ""]],
  commands: [["ip", "route", "del", "default"], ["ip", "route", "add", "default", "via", "10.0.0.9"]],
  undo: [["ip", "route", "replace", "default", "via", "10.0.0.1"]],
  touched: ["claim file"],
  seconds: 30,
};
const report = (...lines: string[]) => ["rolledback", "title net/dev/mine: change Route default", ...lines].join("\n");

/** What the host answers, by what it is asked; the last answer stays. */
let answers: Record<string, (string | Error)[]>;
let asked: string[];
let logins: (Error | undefined)[];
const session = (name: string): Session => ({
  host: "host1",
  ended: new Promise(() => undefined),
  close: async () => undefined,
  async run([command]) {
    const verb = /^\(set -- '(\w+)'/.exec(command![1]!)?.[1] ?? (command![2]?.startsWith("rm -rf") ? "forget" : "reports");
    asked.push(`${name} ${verb}`);
    const queue = answers[verb] ?? [""];
    const answer = queue.length > 1 ? queue.shift()! : queue[0]!;
    if (answer instanceof Error) throw answer;
    if (answer === "silence") return new Promise(() => undefined);
    return { rc: 0, stdout: Buffer.from(`${answer}\n`), stderr: "", done: 1 };
  },
});
const ways = {
  session: async () => session("first"),
  login: async () => {
    const error = logins.shift();
    if (error) throw error;
    return session("new");
  },
  waited: async () => void asked.push("waited"),
};

beforeEach(() => {
  vi.useFakeTimers();
  answers = { start: ["applied"], await: ["applied"], confirm: ["confirmed"] };
  asked = [];
  logins = [];
});
afterEach(() => void vi.useRealTimers());

async function run(confirm: (fresh: Session) => Promise<string> = async () => "good", of = change): Promise<string | Error> {
  const done = guarded(ways, of, confirm).catch((error: Error) => error);
  await vi.runAllTimersAsync();
  return done;
}
const failure = async (...args: Parameters<typeof run>) => {
  const error = await run(...args);
  expect(error).toBeInstanceOf(TakenBack);
  return (error as Error).message;
};
const lost = new HostError("host1", "the SSH session is lost");
const refused = new HostError("host1", "cannot log in: ssh: connect to host host1 port 22: Connection timed out");

describe("a change under guard", () => {
  test("is confirmed by a new login, which finds it good first", async () => {
    expect(await run(async (fresh) => (asked.push("looked"), fresh.host))).toBe("host1");
    expect(asked).toEqual(["first start", "new await", "looked", "new confirm"]);
  });

  test("waits for its turn", async () => {
    answers.start = ["busy net/dev/other: change Address eth0", "busy net/dev/other: change Address eth0", "applied"];
    expect(await run()).toBe("good");
    expect(asked.filter((a) => a === "first start" || a === "waited")).toEqual(["first start", "first start", "first start", "waited"]);
    asked = [];
    await run();
    expect(asked).not.toContain("waited");
  });

  test("gives up where others' never end, and says whose", async () => {
    answers.start = ["busy net/dev/other: change Address eth0"];
    expect(((await run()) as Error).message).toBe("host1: has been busy for 600 s with net/dev/other: change Address eth0");
  });

  test.each([["the session in hand dies", lost], ["the session in hand is silent", "silence"]])("is confirmed by a second login where %s: the first may be older than the change", async (_, answer) => {
    answers.start = [answer];
    answers.await = ["applied"];
    expect(await run()).toBe("good");
    expect(asked).toEqual(["first start", "new await", "new await", "new confirm"]);
  });

  test("is confirmed by a later login where the first fail, or are lost again", async () => {
    logins = [refused, refused];
    answers.await = [lost, "applied"];
    expect(await run()).toBe("good");
  });

  test("is taken back at once where the new login finds it bad, and the reason is told", async () => {
    answers.abort = [report("why Route default came out differently")];
    expect(await failure(() => Promise.reject(new Error("Route default came out differently")))).toBe(
      "host1: took back what was to change Route default, as it is the default route: Route default came out differently. It is as it was before",
    );
    expect(asked).toEqual(["first start", "new await", "new abort", "new forget"]);
  });

  test("is taken back where no login comes through, and the last reason is told", async () => {
    logins = Array.from({ length: 60 }, () => refused);
    answers.await = [report("why no new SSH connection confirmed it in time", "done 0 2")];
    expect(await failure()).toBe(
      "host1: took back what was to change Route default, as it is the default route: no new SSH connection confirmed it in time: host1: cannot log in: ssh: connect to host host1 port 22: Connection timed out. It is as it was before",
    );
    expect(asked.at(-1)).toBe("new forget");
  });

  test("is taken back where an address answers no more, and what could not be put back is told", async () => {
    answers.confirm = [report("why no answer from 10.0.0.1, which answered before", "left is gone: link br5")];
    expect(await failure()).toBe("host1: took back what was to change Route default, as it is the default route: no answer from 10.0.0.1, which answered before. It could not put back everything: is gone: link br5");
  });

  test("that fails half-way is told by its command, and as taken back", async () => {
    answers.start = [report("why a command failed", "done 2 1", "err RTNETLINK answers: No route to host")];
    expect(await failure()).toBe("host1: cannot change Route default: RTNETLINK answers: No route to host (command: ip route add default via 10.0.0.9). The host took back what was done of it");
  });

  test("that fails within a batch is told by the command of that line", async () => {
    answers.start = [report("why a command failed", "done 1 0", "err RTNETLINK answers: No route to host", "err Command failed -:2")];
    expect(await failure()).toContain("(command: ip route add default via 10.0.0.9)");
  });

  test("that the register does not take is told so", async () => {
    answers.start = [report("why a command failed", "done 1 -1", "err the register says meanwhile: x")];
    expect(await failure()).toContain("cannot change Route default: the register says meanwhile: x (command: linuxnet_claim file '{}' '')");
  });

  test("is not made where its timer does not start", async () => {
    answers.start = ["idle"];
    expect(await failure()).toBe("host1: cannot change Route default: the process that would take it back did not start. Nothing was changed");
  });

  test("is not made where the host lacks a tool for it", async () => {
    answers.start = ["lacks awk"];
    expect(await failure()).toBe("host1: cannot change Route default under guard, as it is the default route: there is no awk. Install it, or set `guard: false`");
  });

  test("of which the host knows nothing is told as that: it was restarted", async () => {
    answers.await = ["gone"];
    expect(await failure()).toBe("host1: knows nothing of what was to change Route default: it was restarted meanwhile, or its session was lost before that began. Run `pulumi up --refresh`");
  });

  test("after which nobody reaches the host again is told with what the host does by itself", async () => {
    logins = Array.from({ length: 10_000 }, () => refused);
    answers.start = [lost];
    expect(await failure()).toMatch(/^host1: cannot be reached after what was to change Route default, as it is the default route: .*Connection timed out\. It takes that back by itself, at the latest 30 s after the start$/);
  });
});

describe("what a host took back while nobody listened", () => {
  const said = "id a1\ntitle net/dev/a: make Address eth0\nwhy no new SSH connection confirmed it in time\ndone 0 1\nid b2\ntitle net/dev/b: change Route\nwhy a command failed\ndone 2 0\nerr one\nerr two\nleft is there: link br0 \n";

  test("is read whole, one after the other", () => {
    expect(readReports(said)).toEqual([
      { id: "a1", title: "net/dev/a: make Address eth0", why: "no new SSH connection confirmed it in time", done: [0, 1], stderr: "", left: [] },
      { id: "b2", title: "net/dev/b: change Route", why: "a command failed", done: [2, 0], stderr: "one\ntwo", left: ["is there: link br0"] },
    ]);
    expect(readReports("")).toEqual([]);
  });

  test("is told, and forgotten only once it has been told for good", async () => {
    answers.reports = [said];
    const texts = [
      "warning: host1: a change that nobody confirmed was taken back (net/dev/a: make Address eth0): no new SSH connection confirmed it in time",
      "warning: host1: a change that nobody confirmed was taken back (net/dev/b: change Route): a command failed. one\ntwo. It could not put back everything: is there: link br0",
    ];
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const groups = new Groups(() => expect.unreachable());
    const told = () => warned.mock.calls.splice(0).flat();
    await heed(session("first"), groups, true);
    expect([told(), asked]).toEqual([texts, ["first reports"]]);
    await heed(session("first"), groups);
    expect([told(), asked.slice(-2)]).toEqual([texts, ["first forget", "first forget"]]);
    warned.mockRestore();
  });

  test("is taken back now where the process died that was to do it", async () => {
    answers.reports = ["busy"];
    expect(await takenBack(session("first"))).toEqual([]);
    expect(asked).toEqual(["first reports", "first busy"]);
  });
});
