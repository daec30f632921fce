import { expect, test } from "vitest";
import { changesBy, heed } from "../../provider/host/changes.js";
import { connection } from "../../provider/host/connection.js";
import { Groups } from "../../provider/host/groups.js";
import type { Session } from "../../provider/host/session.js";
import type { Touch } from "../../provider/risk.js";
import { answering, recorded } from "./recorded-host.js";

const forwarding: Touch[] = [{ what: "sysctl", path: "/proc/sys/net/ipv4/ip_forward" }];
const host = (more: object) => connection.parse({ ssh: "host1", ...more });

/** What becomes of a change, and why it would be guarded. */
function taken(more: object, touches: readonly Touch[], guard?: boolean): Promise<string | undefined> {
  const session: Session = Object.assign(answering(recorded), { sudo: host(more).sudo === "commands" });
  return changesBy(() => ({ session: async () => session, login: async () => session })).take(host(more), touches, { guard }, async (why) => why);
}

test("a host says whether what may cut the way to it is guarded, where the object does not", async () => {
  expect(await taken({}, forwarding)).toContain("decides what the host takes and forwards");
  expect(await taken({ guard: false }, forwarding)).toBeUndefined();
  expect(await taken({ guard: false }, forwarding, true)).toBe("a guard is asked for");
  expect(await taken({ guard: true }, [])).toBe("a guard is asked for");
  expect(await taken({ guard: true }, forwarding, false)).toBeUndefined();
});

test("where root runs only commands, what would be guarded is not done", async () => {
  const host = { sudo: "commands" };
  await expect(taken(host, forwarding)).rejects.toThrow('host1: /proc/sys/net/ipv4/ip_forward decides what the host takes and forwards, and a host with `sudo: "commands"` cannot take a change back: set `guard: false`');
  await expect(taken(host, [], true)).rejects.toThrow("cannot take a change back");
  expect(await taken(host, [])).toBeUndefined();
  expect(await taken(host, forwarding, false)).toBeUndefined();
  expect(await taken({ ...host, guard: false }, forwarding)).toBeUndefined();
});

test("nor is the host asked for changes that it took back, which are root's", async () => {
  const session = Object.assign(answering(recorded), { sudo: true });
  await heed(session, new Groups(() => expect.unreachable()));
  expect(session.asked).toBe(0);
});
