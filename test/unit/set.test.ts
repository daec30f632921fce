import { beforeEach, describe, expect, test } from "vitest";
import { PartialFailure } from "../../provider/errors.js";
import { lifecycle } from "../../provider/lifecycle.js";
import { claimFile } from "../../provider/register.js";
import { checkSet, setLifecycle, singlesOfSet } from "../../provider/set.js";
import { unknownValue } from "../../provider/unknown.js";
import { box, FakeHost } from "./fake-host.js";

const common = { host: { ssh: "host1", verifyHostKey: true, sudo: false }, owner: "net/dev/mine" };
const entry = (name: string, more: object = {}) => ({ name, size: 1, colour: "red", material: "wood", ...more });
const set = (entries: object, more: object = {}) => ({ ...common, ...more, entries });
const two = set({ first: entry("a"), second: entry("b") });

let host: FakeHost;
let it: ReturnType<typeof setLifecycle>;
beforeEach(() => {
  host = new FakeHost();
  it = setLifecycle(box, lifecycle(box, host.open, () => undefined), () => undefined);
});

const claimed = (name: string) => host.register.get(claimFile(`box ${name}`));

describe("check", () => {
  test("gives each entry the kind's defaults, and names problems by their entry", () => {
    expect(checkSet(box, set({ first: { name: "a" } }))).toEqual({ value: set({ first: entry("a") }), problems: [] });
    expect(checkSet(box, set({ first: { name: 7, siz: 1 } })).problems).toEqual([
      { property: "entries.first.name", reason: expect.stringContaining("string") as string },
      { property: "entries.first.siz", reason: expect.stringContaining("there is no such property") as string },
    ]);
    expect(checkSet(box, set({ first: { name: "a", host: "x" }, second: "b" })).problems).toEqual([
      { property: "entries.first.host", reason: "belongs to the set, not to an entry" },
      { property: "entries.second", reason: "is not an object" },
    ]);
    expect(checkSet(box, common).problems).toEqual([{ property: "entries", reason: "is missing" }]);
  });

  test("lets pass what is not known yet, whole or in part", () => {
    for (const entries of [unknownValue, { first: unknownValue }, { first: { name: unknownValue, size: 2 } }]) expect(checkSet(box, set(entries as object)).problems).toEqual([]);
  });

  test("knows the single objects that the entries are", () => expect(singlesOfSet(two).map((one) => one.name)).toEqual(["a", "b"]));
});

describe("the life of a set", () => {
  test("each entry is made, claimed and taken away by itself", async () => {
    const { id, outs } = await it.create(two);
    expect(id).toBe("host1 Box net/dev/mine");
    expect(outs).toEqual(two);
    expect([...host.boxes.keys()].sort()).toEqual(["a", "b"]);
    expect(claimed("a")).toContain("net/dev/mine");
    await it.delete(id, outs);
    expect(host.boxes.size).toBe(0);
    expect(host.register.size).toBe(0);
  });

  test("an update touches only the entries that changed, and what goes goes last", async () => {
    const { id, outs } = await it.create(two);
    const before = host.log.length;
    const want = set({ second: entry("b", { size: 5 }), third: entry("c") });
    expect((await it.diff(id, outs, want)).changes).toBe(true);
    expect((await it.update(id, outs, want)).outs).toEqual(want);
    expect([...host.boxes.keys()].sort()).toEqual(["b", "c"]);
    const writes = host.writes().filter((line) => host.log.lastIndexOf(line) >= before);
    expect(writes.findIndex((w) => w.includes("box del a"))).toBeGreaterThan(writes.findIndex((w) => w.includes("box add c")));
    expect(claimed("a")).toBeUndefined();
  });

  test("another name for the same object changes nothing on the host", async () => {
    const { id, outs } = await it.create(two);
    const before = host.writes().length;
    await it.update(id, outs, set({ erste: entry("a"), second: entry("b") }));
    expect(host.writes().length).toBe(before);
    expect([...host.boxes.keys()].sort()).toEqual(["a", "b"]);
  });

  test("what a hand took away or changed is seen, and made again", async () => {
    const { id, outs } = await it.create(two);
    host.boxes.delete("a");
    host.boxes.get("b")!.size = 9;
    const seen = await it.read(id, outs);
    expect(seen.inputs).toEqual(set({ second: entry("b", { size: 9 }) }));
    await it.update(id, seen.props!, two);
    expect(host.boxes.get("a")).toBeDefined();
    expect(host.boxes.get("b")!.size).toBe(1);
    host.boxes.clear();
    expect(await it.read(id, outs)).toEqual({});
  });

  test("what is there already is refused, and adopted entries are given back", async () => {
    host.boxes.set("a", { serial: 99, size: 7, colour: "green", material: "wood" });
    const failed = await it.create(two).catch((e: unknown) => e as PartialFailure);
    expect((failed as Error).message).toContain("Box a is there already");
    expect((failed as PartialFailure).outputs).toEqual(set({ second: entry("b") }));
    const { id, outs } = await it.create(set({ first: entry("a"), second: entry("b") }, { adopt: true }));
    expect(outs.found).toEqual({ first: { name: "a", size: 7, colour: "green", material: "wood" } });
    await it.delete(id, outs);
    expect(host.boxes.get("a")).toMatchObject({ size: 7, colour: "green" });
    expect(host.boxes.has("b")).toBe(false);
  });

  test("an update that fails for one entry keeps in the state what is there, and the next one goes on", async () => {
    const { id, outs } = await it.create(two);
    host.fate = (command) => (command.startsWith("box add d") ? { rc: 1, stderr: "no room" } : undefined);
    const want = set({ first: entry("a", { size: 3 }), third: entry("c"), fourth: entry("d") });
    const failed = (await it.update(id, outs, want).catch((e: unknown) => e)) as PartialFailure;
    expect(failed).toBeInstanceOf(PartialFailure);
    expect(failed.message).toContain("no room");
    expect(failed.outputs).toEqual(set({ first: entry("a", { size: 3 }), third: entry("c") }));
    host.fate = () => undefined;
    expect((await it.update(id, failed.outputs, want)).outs).toEqual(want);
    expect([...host.boxes.keys()].sort()).toEqual(["a", "c", "d"]);
  });

  test("many failures of one sort are told in few words", async () => {
    host.fate = (command) => (command.startsWith("box add") ? { rc: 1, stderr: "no room" } : undefined);
    const names = ["a", "b", "c", "d", "e"];
    const { message } = (await it.create(set(Object.fromEntries(names.map((n) => [n, entry(n)])))).catch((e: unknown) => e)) as Error;
    expect(message.split("\n")).toHaveLength(4);
    expect(message).toContain("… and 2 more of the kind");
    expect(host.boxes.size).toBe(0);
  });
});

describe("what replaces a set", () => {
  const routes = setLifecycle({ ...box, refs: ["material"] }, lifecycle(box, async () => expect.unreachable(), () => undefined), () => undefined);
  test.each([
    ["another host", set({ first: entry("a") }, { host: { ...common.host, ssh: "host2" } }), ["host"]],
    ["what it lives on is made anew", set({ first: entry("a", { material: unknownValue }) }), ["entries"]],
    ["nothing of it is known", set(unknownValue as never), ["entries"]],
    ["an entry that is another object now: nothing", set({ first: entry("z") }), []],
    ["a value that is not known yet: nothing", set({ first: entry("a", { colour: unknownValue }) }), []],
  ])("%s", async (_, want, replaces) => {
    expect(await routes.diff("", two, want)).toEqual({ changes: true, replaces, deleteBeforeReplace: replaces.length > 0 });
  });

  test("no difference is no change", async () => expect((await routes.diff("", two, structuredClone(two))).changes).toBe(false));
});
