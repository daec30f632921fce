import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { typed } from "../../provider/errors.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { differences, fixed } from "../../provider/plan.js";
import { kinds } from "../../provider/registry.js";
import { fixtures, folder, printed } from "./fixtures.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";

/** Commands as a person would type them, with what they read where that is no secret. */
const lines = (kind: Kind, commands: readonly Argv[]) => commands.map((argv) => (argv.input === undefined || kind.secret ? typed(argv) : `${typed(argv)} <<END\n${argv.input}END`));
const withoutNull = (properties: Record<string, unknown>) => Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as unknown;

/** The commands that bring an object back to what is wanted; what is told of it but not wanted is to go. */
function repair(kind: Kind, want: Record<string, unknown>, observed: Record<string, unknown>, told: string[]): string[] {
  const dropped = Object.keys(observed).filter((key) => key in kind.shape && observed[key] !== undefined && want[key] === undefined && told.includes(key));
  const differing = differences(kind, want, observed);
  const changed = [...differing, ...dropped];
  return lines(kind, fixed(kind, want, observed, differing).length > 0 ? [...kind.del(want as never, observed), ...kind.add(want as never)] : kind.set(want as never, changed, observed));
}

describe.each(Object.entries(kinds))("%s", (name, kind) => {
  const cases = fixtures(name);

  describe.each(cases)("%s", (_case, fixture) => {
    const checked = check(kind, { ...fixture.want, host, owner });
    const { host: _host, owner: _owner, ...want } = checked.value;
    const shown = fixture.shown.map(printed);
    const observed = kind.parse(shown, want as never);

    test("what the program said is complete and canonical after the check", () => {
      expect(checked.problems).toEqual([]);
      expect(want).toEqual(withoutNull({ ...fixture.want, ...fixture.checked }));
    });

    test("what is checked once stays the same when it is checked again", () => {
      expect(check(kind, checked.value)).toEqual(checked);
    });

    test("it is looked at by the recorded commands", () => expect(lines(kind, kind.show(want as never))).toEqual(fixture.show));

    test("what they print is understood", () => expect(plain(observed)).toEqual(fixture.observed));

    if (fixture.add) test("it is made by the recorded commands", () => expect(lines(kind, kind.add(want as never, shown))).toEqual(fixture.add));

    if (fixture.del) test("it is taken away by the recorded commands", () => expect(lines(kind, kind.del(want as never, observed!))).toEqual(fixture.del));

    for (const { from, commands } of fixture.set ?? []) test(`from ${Object.keys(from).length ? JSON.stringify(from) : "what is there"} it is brought back`, () => {
      const drifted = { ...observed, ...from };
      const declared = Object.keys(kind.shape).filter((key) => key in from && (want[key] !== undefined || kind.exact));
      if (Object.keys(from).length > 0) expect(differences(kind, want, drifted)).toEqual(declared);
      expect(repair(kind, want, drifted, Object.keys(from))).toEqual(commands);
    });
  });

  test("every property that can change in place has been seen to drift", () => {
    const identity = kind.identity.filter((path) => !path.includes("."));
    const free = Object.keys(kind.shape).filter((key) => !identity.includes(key as never));
    const seen = new Set(cases.flatMap(([, { set }]) => (set ?? []).flatMap(({ from }) => Object.keys(from))));
    expect(free.filter((key) => !seen.has(key) && key !== "linkNetns")).toEqual(notSeen[name] ?? []); // Nothing shows where a link's underlay is.
  });

  test("there is a case of an object that is absent", () => expect(cases.filter(([, { observed }]) => observed === null)).not.toEqual([]));
});

/** Properties that cannot be seen to drift, and why. */
const notSeen: Record<string, string[]> = {
  Service: ["ready", "grace"], // What is waited for, not what it is.
  FirewallRule: ["position"], // Where it was put when it was made; others may since have come before or after.
  Reachability: ["holds", "timeout", "prediction", "network"], // What is asked for and expected, not what is seen.
  Address: ["peer", "nodad"], // Another peer is another address to the kernel; nodad is a moment, not a state.
};

test("every folder of cases belongs to a kind", () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((entry) => entry.name).sort()).toEqual(Object.keys(kinds).sort());
});
