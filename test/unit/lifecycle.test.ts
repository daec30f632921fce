import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PartialFailure } from "../../provider/errors.js";
import type { Kind } from "../../provider/kind.js";
import { sysctl } from "../../provider/kinds/sysctl.js";
import { lifecycle } from "../../provider/lifecycle.js";
import { claimFile } from "../../provider/register.js";
import { box, FakeHost } from "./fake-host.js";

const connection = { ssh: "host1", verifyHostKey: true, sudo: false };
const me = "net/dev/mine";
const want = { name: "b", size: 2, colour: "blue", material: "wood", host: connection, owner: me };
const file = claimFile("box b");

const told = vi.spyOn(console, "info").mockImplementation(() => undefined);

let host: FakeHost;
let it: ReturnType<typeof lifecycle>;
beforeEach(() => {
  told.mockClear();
  host = new FakeHost();
  it = lifecycle(box, host.open, () => undefined);
});
afterEach(() => void vi.useRealTimers());

const claimed = () => (host.register.has(file) ? (JSON.parse(host.register.get(file)!) as { owner: string; found?: unknown }) : undefined);
const claims = (owner: string, found?: unknown) => host.register.set(file, JSON.stringify({ owner, found }));
const failure = async (doing: Promise<unknown>) => await doing.then(() => expect.unreachable(), (error: Error) => error);
/** By hand, without linuxnet. */
const byHand = (more: Record<string, string | number> = {}) => host.boxes.set("b", { serial: 99, size: 1, colour: "red", material: "wood", ...more });

describe("an object that is not there", () => {
  test("is made, looked at, and written into the register", async () => {
    expect(await it.create({ ...want, adopt: true })).toEqual({ id: "host1 box b", outs: { ...want, adopt: true, serial: 1 } });
    expect(told).not.toHaveBeenCalled();
    expect(host.boxes.get("b")).toMatchObject({ size: 2, colour: "blue", material: "wood" });
    expect(claimed()).toEqual({ owner: me });
  });

  test("costs two round trips: one to look, one to act and look again", async () => {
    const requests: number[] = [];
    it = lifecycle(box, async (c) => {
      const session = await host.open(c);
      return { ...session, run: (commands) => (requests.push(commands.length), session.run(commands)) };
    }, () => undefined);
    await it.create(want);
    expect(requests).toEqual([1, 1, 4]); // Both looks travel together.
  });

  test("may still collide with another, and then it is said with what", async () => {
    it = lifecycle({ ...box, collides: "Another box has this place" }, host.open, () => undefined);
    host.fate = (command) => (command.startsWith("box add") ? { rc: 2, stderr: "RTNETLINK answers: File exists" } : undefined);
    expect((await failure(it.create(want))).message).toBe("host1: cannot make Box b: RTNETLINK answers: File exists (command: box add b material=wood). Another box has this place");
    host.fate = (command) => (command.startsWith("box add") ? { rc: 2, stderr: "RTNETLINK answers: Invalid argument" } : undefined);
    expect((await failure(it.create(want))).message).not.toContain("place");
  });

  test("is made where another stack once had it, and owes nothing to what that found", async () => {
    claims("net/prod/theirs", { size: 7 });
    const { outs } = await it.create(want);
    expect(outs).not.toHaveProperty("found");
    expect(claimed()).toEqual({ owner: me });
    await it.delete("", outs);
    expect(host.boxes.size).toBe(0);
  });
});

describe("an object that is there", () => {
  test("is left alone where it is not ours, and the error says how to adopt it", async () => {
    byHand();
    const before = host.snapshot();
    expect((await failure(it.create(want))).message).toBe("host1: Box b is there already, and linuxnet did not make it: set `adopt: true` to take it over, or remove it from the host");
    expect(host.snapshot()).toEqual(before);
    expect(host.writes()).toEqual([]);
  });

  test("is left alone where it belongs to another resource, also when adoption is asked for", async () => {
    byHand();
    claims("net/prod/theirs");
    const before = host.snapshot();
    for (const adopt of [false, true]) {
      expect((await failure(it.create({ ...want, adopt }))).message).toBe("host1: Box b belongs to net/prod/theirs: declare an object only once, in one stack; a resource that was renamed or moved needs an alias");
    }
    expect(host.snapshot()).toEqual(before);
  });

  test("is left alone where something else has its name", async () => {
    byHand({ crate: 1 });
    expect((await failure(it.create({ ...want, adopt: true }))).message).toBe("host1: cannot make Box b: b is there as a crate, not a box");
    expect(host.writes()).toEqual([]);
  });

  test("is adopted when asked, changed in place, and given back as it was found", async () => {
    byHand({ label: "theirs" });
    const before = host.snapshot();
    const { outs } = await it.create({ ...want, label: "mine", adopt: true });
    expect(outs).toMatchObject({ serial: 99, size: 2, found: { name: "b", size: 1, colour: "red", material: "wood", label: "theirs" } });
    expect(claimed()).toEqual({ owner: me, found: outs.found });
    expect(host.boxes.get("b")).toMatchObject({ serial: 99, size: 2, colour: "blue", label: "mine" });
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(before);
  });

  test("gives up what it did not have before, when an adopted one is given back", async () => {
    byHand();
    const before = host.snapshot();
    const { outs } = await it.create({ ...want, label: "mine", adopt: true });
    expect(told.mock.calls).toEqual([['host1: adopted Box b, size 1 → 2, colour "red" → "blue", label null → "mine"']]);
    expect(host.boxes.get("b")).toMatchObject({ label: "mine" });
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(before);
  });

  test("is not touched when it is adopted as it is", async () => {
    byHand({ size: 2, colour: "blue" });
    await it.create({ ...want, adopt: true });
    expect(told.mock.calls).toEqual([["host1: adopted Box b, which is as it was"]]);
    expect(host.writes()).toEqual([]);
  });

  test("is not adopted where it would have to be made anew", async () => {
    byHand({ material: "steel" });
    expect((await failure(it.create({ ...want, adopt: true }))).message).toBe('host1: cannot adopt Box b: material is "steel", not "wood", and cannot change in place');
    expect(host.writes()).toEqual([]);
  });

  test("is accepted where an interrupted create of ours left it, whatever came of that", async () => {
    for (const left of [{}, { size: 2, colour: "blue" }, { material: "steel" }] as Record<string, string | number>[]) {
      byHand(left);
      claims(me);
      expect((await it.create(want)).outs).toMatchObject({ size: 2, colour: "blue", material: "wood" });
      expect(host.boxes.get("b")).toMatchObject({ size: 2, colour: "blue", material: "wood" });
      expect(claimed()).toEqual({ owner: me });
    }
  });

  test("belongs to whom it names itself, where a reboot took the register along", async () => {
    byHand({ owner: "net/prod/theirs" });
    expect((await failure(it.create(want))).message).toContain("Box b belongs to net/prod/theirs");
    byHand({ owner: me });
    await it.create(want);
    expect(host.boxes.get("b")).toMatchObject({ size: 2, colour: "blue" });
    expect(claimed()).toMatchObject({ owner: me });
  });

  test("is not ours by what we want of it, also where its kind shows all that it was asked for", async () => {
    it = lifecycle({ ...box, parse: (shown, asked) => ({ ...asked, ...box.parse(shown, asked) }) }, host.open, () => undefined);
    byHand();
    const before = host.snapshot();
    await it.delete("", (await it.create({ ...want, adopt: true })).outs);
    expect(host.snapshot()).toEqual(before);
  });

  test("is given back as it was first found, where an adoption was interrupted", async () => {
    byHand();
    const before = host.snapshot();
    host.fate = (command) => (command.startsWith("box set") ? ((host.down = true), "lost after") : undefined);
    await failure(it.create({ ...want, adopt: true }));
    host.down = false;
    host.fate = () => undefined;
    const { outs } = await it.create({ ...want, adopt: true });
    expect(outs.found).toMatchObject({ size: 1, colour: "red" });
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(before);
  });
});

describe("two that want one object at the same time", () => {
  test("do not spoil it for each other: one gets it, the other is told whose it is", async () => {
    const done = await Promise.allSettled([it.create(want), it.create({ ...want, owner: "net/dev/other" })]);
    expect(done.map((d) => d.status)).toEqual(["fulfilled", "rejected"]);
    expect((done[1] as PromiseRejectedResult).reason.message).toContain(me);
    expect(host.boxes.get("b")).toMatchObject({ size: 2 });
    expect(claimed()).toEqual({ owner: me });
  });

  test("leave alone what somebody made by hand in the meantime", async () => {
    host.fate = (command) => {
      if (command.startsWith("box add") && !host.boxes.has("b")) byHand();
      return undefined;
    };
    expect((await failure(it.create(want))).message).toBe("host1: cannot make Box b: RTNETLINK answers: File exists (command: box add b material=wood)");
    expect(host.boxes.get("b")).toMatchObject({ serial: 99 });
    expect(host.register.size).toBe(0);
  });
});

describe("a create that fails half-way", () => {
  const breaks = (pattern: RegExp, stderr = "RTNETLINK answers: Invalid argument") => (command: string) => (pattern.test(command) ? { rc: 2, stderr } : undefined);

  test("undoes what it did, and tells the first error", async () => {
    const before = host.snapshot();
    host.fate = breaks(/^box set/);
    expect((await failure(it.create(want))).message).toBe("host1: cannot make Box b: RTNETLINK answers: Invalid argument (command: box set b size=2 colour=blue)");
    expect(host.snapshot()).toEqual(before);
  });

  test("gives back what it had adopted", async () => {
    byHand();
    const before = host.snapshot();
    host.fate = (command) => {
      if (!command.startsWith("box set b size=2")) return undefined;
      host.boxes.get("b")!.colour = "half-way";
      return { rc: 2, stderr: "Invalid argument" };
    };
    await failure(it.create({ ...want, adopt: true }));
    expect(host.snapshot()).toEqual(before);
  });

  test("records what is there where that cannot be undone either", async () => {
    host.fate = (command) => breaks(/^box set/)(command) ?? breaks(/^box del/, "Device or resource busy")(command);
    const error = await failure(it.create({ ...want, label: "mine" }));
    expect(error).toBeInstanceOf(PartialFailure);
    expect(error).toMatchObject({ id: "host1 box b" });
    expect(JSON.parse(JSON.stringify((error as PartialFailure).outputs))).toEqual({ ...want, size: 0, colour: "none", serial: 1 });
    expect(error.message).toMatch(/Invalid argument .*\. Clearing up failed too: .*cannot delete Box b: Device or resource busy/);
    expect(claimed()).toEqual({ owner: me });
    // The next run updates what the state has.
    host.fate = () => undefined;
    expect((await it.update("", (error as PartialFailure).outputs, { ...want, label: "mine" })).outs).toMatchObject({ ...want, label: "mine" });
    expect(host.boxes.get("b")).toMatchObject({ size: 2, colour: "blue", label: "mine" });
  });

  test("leaves it to the next create where the host cannot even be looked at", async () => {
    host.fate = (command) => (host.boxes.has("b") ? breaks(/^box/, "Permission denied")(command) : undefined);
    expect((await failure(it.create(want))).message).toContain("cannot make Box b: Permission denied");
    expect(claimed()).toEqual({ owner: me });
    host.fate = () => undefined;
    expect((await it.create(want)).outs).toMatchObject({ size: 2 });
  });

  test("claims nothing where even the register cannot be written", async () => {
    host.fate = breaks(/^linuxnet_claim /, "mkdir: cannot create directory '/run/linuxnet': Permission denied");
    expect((await failure(it.create(want))).message).toMatch(/cannot make Box b: mkdir: .*linuxnet must be root on the host/);
    expect(host.writes()).toEqual([]);
    expect(host.register.size).toBe(0);
  });

  test("tells nothing but the failure to read, and changes nothing, where it cannot look", async () => {
    host.fate = breaks(/^box show/, "Operation not permitted");
    expect((await failure(it.create(want))).message).toMatch(/^host1: cannot read Box b: Operation not permitted \(command: box show b\)\. linuxnet must be root/);
    expect(host.writes()).toEqual([]);
    expect(host.register.size).toBe(0);
  });
});

describe("a session that is lost while an object is made", () => {
  test.each(["lost before", "lost after"] as const)("is replaced, and what was half made is taken away (%s)", async (fate) => {
    let once = true;
    host.fate = (command) => (command.startsWith("box set") && once ? ((once = false), fate) : undefined);
    expect((await failure(it.create(want))).message).toContain("the SSH session is lost");
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("leaves to the next run what it cannot reach", async () => {
    host.fate = (command) => (command.startsWith("box set") ? ((host.down = true), "lost before") : undefined);
    expect((await failure(it.create(want))).message).toContain("the SSH session is lost");
    expect(claimed()).toEqual({ owner: me });
    host.down = false;
    host.fate = () => undefined;
    expect((await it.create(want)).outs).toMatchObject({ ...want });
  });

  test("takes nothing away that was never ours", async () => {
    let once = true;
    host.fate = (command) => (command.startsWith("linuxnet_claim ") && once ? ((once = false), byHand(), "lost before") : undefined);
    await failure(it.create(want));
    expect(host.boxes.get("b")).toMatchObject({ serial: 99 });
    expect(host.register.size).toBe(0);
  });
});

describe("what comes out differently", () => {
  test("is an error with each property, what was wanted and what the kernel has; and is taken away again", async () => {
    host.fate = (command) => {
      if (command === "box show b" && host.boxes.has("b")) Object.assign(host.boxes.get("b")!, { size: 1450, colour: "pink" });
      return undefined;
    };
    expect((await failure(it.create(want))).message).toBe('host1: Box b came out differently: size: wanted 2, the kernel has 1450; colour: wanted "blue", the kernel has "pink"');
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("is an error when it is not there, or something else is", async () => {
    const vanish = lifecycle({ ...box, parse: () => undefined } as Kind, host.open, () => undefined);
    expect((await failure(vanish.create(want))).message).toBe("host1: Box b is not there after it was made");
    host = new FakeHost();
    it = lifecycle({ ...box, add: (w: never) => [...box.add(w), ["box", "set", "b", "crate=1"]] } as Kind, host.open, () => undefined);
    expect((await failure(it.create(want))).message).toBe("host1: Box b is not there after it was made: b is there as a crate, not a box");
  });
});

describe("what takes a while until it does what it is there for", () => {
  const probe = ["box", "probe"];
  const slow = { ...box, settled: () => ({ probe, notYet: 75, seconds: 2 }) };
  const asked = () => host.log.filter((command) => command === "box probe").length;
  beforeEach(() => void (it = lifecycle(slow, host.open, () => undefined)));
  /** The answers to the question whether it is settled, the last one for ever. */
  const answers = (...list: { rc: number; stderr?: string }[]) => {
    host.fate = (command) => (command === "box probe" ? (list.length > 1 ? list.shift() : list[0]) : undefined);
  };

  test("is asked until it does, and only then looked at", async () => {
    answers({ rc: 75 }, { rc: 75 }, { rc: 0 });
    expect((await it.create(want)).outs).toEqual({ ...want, serial: 1 });
    expect(asked()).toBe(3);
    expect(host.log.at(-1)).toBe("box show b");
  });

  test("is taken away again where it gives up, or time is up, and the error says what it said last", async () => {
    const before = host.snapshot();
    answers({ rc: 75, stderr: "slow" }, { rc: 1, stderr: "it has ended" });
    expect((await failure(it.create(want))).message).toBe("host1: cannot make Box b: it has ended");
    expect(host.snapshot()).toEqual(before);
    answers({ rc: 75, stderr: "nothing listens" });
    expect((await failure(it.create(want))).message).toBe("host1: Box b was not there within 2 s: nothing listens");
    expect(host.snapshot()).toEqual(before);
  });

  test("is waited for by an update too, also where nothing is left to change, and the state then has what is there", async () => {
    answers({ rc: 0 });
    const { outs } = await it.create(want);
    answers({ rc: 1, stderr: "it has ended" });
    const error = await failure(it.update("host1 box b", outs, { ...want, size: 3 }));
    expect(error).toMatchObject({ message: "host1: cannot change Box b: it has ended", id: "host1 box b", outputs: { ...want, size: 3, serial: 1 } });
    await failure(it.update("host1 box b", (error as PartialFailure).outputs, { ...want, size: 3 }));
    answers({ rc: 0 });
    expect((await it.update("host1 box b", (error as PartialFailure).outputs, { ...want, size: 3 })).outs).toMatchObject({ size: 3 });
    expect(host.writes().filter((command) => command.startsWith("box set b size=3"))).toHaveLength(1);
  });
});

test("a kind that cannot be taken over offers no adoption", async () => {
  byHand();
  it = lifecycle({ ...box, neverAdopted: "a box is made" }, host.open, () => undefined);
  expect((await failure(it.create(want))).message).toBe("host1: Box b is there already, and linuxnet did not make it: remove it from the host");
});

test("no error tells the value of a secret property", async () => {
  it = lifecycle({ ...box, secret: ["colour"] }, host.open, () => undefined);
  host.fate = (command) => {
    if (command === "box show b" && host.boxes.has("b")) Object.assign(host.boxes.get("b")!, { size: 0, colour: "pink" });
    return undefined;
  };
  expect((await failure(it.create(want))).message).toBe("host1: Box b came out differently: size: wanted 2, the kernel has 0; colour: wanted (secret), the kernel has (secret)");
});

describe("an update", () => {
  let state: Record<string, unknown>;
  beforeEach(async () => {
    state = (await it.create(want)).outs;
    host.log.length = 0;
  });

  test("changes in place what differs, and nothing else", async () => {
    expect((await it.update("", state, { ...want, size: 3 })).outs).toEqual({ ...want, size: 3, serial: 1 });
    expect(host.writes()).toEqual(["box set b size=3"]);
  });

  test("does nothing that the kernel has already", async () => {
    host.boxes.get("b")!.size = 3;
    await it.update("", state, { ...want, size: 3 });
    expect(host.writes()).toEqual([]);
  });

  test("goes by what the kernel has, not by what the state remembers", async () => {
    host.boxes.get("b")!.colour = "pink";
    await it.update("", state, { ...want, size: 3 });
    expect(host.writes()).toEqual(["box set b size=3 colour=blue"]);
  });

  test("makes again what went with a reboot, and claims it", async () => {
    host.reboot();
    expect((await it.update("", state, want)).outs).toMatchObject({ ...want, serial: 2 });
    expect(claimed()).toEqual({ owner: me });
  });

  test("makes anew what somebody changed that cannot change in place", async () => {
    host.boxes.get("b")!.material = "steel";
    expect((await it.update("", state, want)).outs).toMatchObject({ material: "wood", serial: 2 });
  });

  test("claims again what the register no longer knows", async () => {
    host.register.clear();
    await it.update("", state, { ...want, size: 3 });
    expect(claimed()).toEqual({ owner: me });
  });

  test("keeps the object of a resource that is renamed", async () => {
    await it.update("", state, { ...want, owner: "net/dev/renamed" });
    expect(claimed()).toEqual({ owner: "net/dev/renamed" });
    expect(host.writes()).toEqual([]);
  });

  test("leaves alone what another resource has taken", async () => {
    claims("net/prod/theirs");
    expect((await failure(it.update("", state, { ...want, size: 3 }))).message).toContain("Box b belongs to net/prod/theirs");
    expect(host.writes()).toEqual([]);
  });

  test("takes away a property that is no longer declared", async () => {
    const labelled = (await it.update("", state, { ...want, label: "mine" })).outs;
    expect(host.boxes.get("b")).toMatchObject({ label: "mine" });
    const { outs } = await it.update("", labelled, want);
    expect(outs).not.toHaveProperty("label");
    expect(host.boxes.get("b")).not.toHaveProperty("label");
  });

  test("does not make anew what others live on: a refresh does, and those with it", async () => {
    it = lifecycle({ ...box, carries: true }, host.open, () => undefined);
    const { id, outs } = await it.create(want);
    host.boxes.get("b")!.material = "stone";
    expect((await failure(it.update(id, outs, { ...want, size: 3 }))).message).toBe('host1: Box b was changed by hand in what cannot change in place (material is "stone"): run `pulumi up --refresh`, which makes it and what lived on it again');
    host.boxes.delete("b");
    expect((await failure(it.update(id, outs, { ...want, size: 3 }))).message).toBe("host1: Box b is gone: run `pulumi up --refresh`, which makes it and what lived on it again");
    expect(host.boxes.size).toBe(0);
  });

  test("that fails is told, takes nothing away, and records what is there, so that taking the change back is an update too", async () => {
    host.fate = (command) => (command.startsWith("box set") ? { rc: 2, stderr: "Invalid argument" } : undefined);
    const error = await failure(it.update("host1 box b", state, { ...want, size: 3, label: "mine" }));
    expect(error.message).toBe("host1: cannot change Box b: Invalid argument (command: box set b size=3 label=mine)");
    expect(error).toMatchObject({ id: "host1 box b", outputs: { ...want, size: 2, label: undefined, serial: 1 } });
    expect(host.boxes.get("b")).toMatchObject({ size: 2 });
    expect(claimed()).toEqual({ owner: me });
  });

  test("that fails of an adopted object still remembers what was found", async () => {
    await it.delete("", state);
    byHand();
    const { outs } = await it.create({ ...want, adopt: true });
    host.fate = (command) => (command.startsWith("box set b size=3") ? { rc: 2, stderr: "Invalid argument" } : undefined);
    const error = (await failure(it.update("", outs, { ...want, adopt: true, size: 3 }))) as PartialFailure;
    host.fate = () => undefined;
    await it.delete("", JSON.parse(JSON.stringify(error.outputs)));
    expect(host.boxes.get("b")).toMatchObject({ size: 1, colour: "red" });
  });

  test("that fails where the host cannot be looked at is told, and nothing else", async () => {
    host.fate = (command) => (command.startsWith("box set") ? "lost before" : undefined);
    const { open } = host;
    it = lifecycle(box, async (c) => {
      const session = await open(c);
      host.down = true;
      return session;
    }, () => undefined);
    const error = await failure(it.update("", state, { ...want, size: 3 }));
    expect(error).not.toBeInstanceOf(PartialFailure);
    expect(error.message).toBe("host1: the SSH session is lost. It may have run");
  });

  test("of an adopted object gives back the properties that are no longer declared, and remembers the others", async () => {
    await it.delete("", state);
    byHand();
    const adopted = (await it.create({ ...want, adopt: true })).outs;
    const { colour: _, ...less } = want;
    const { outs } = await it.update("", adopted, { ...less, size: 3 });
    expect(host.boxes.get("b")).toMatchObject({ size: 3, colour: "red" });
    expect(outs.found).toEqual({ name: "b", size: 1, material: "wood" });
    await it.delete("", outs);
    expect(host.boxes.get("b")).toMatchObject({ size: 1, colour: "red" });
  });

  test("of an adopted object remembers what a newly declared property was before", async () => {
    await it.delete("", state);
    byHand({ label: "theirs" });
    const before = host.snapshot();
    const adopted = (await it.create({ ...want, adopt: true })).outs;
    const { outs } = await it.update("", adopted, { ...want, label: "mine" });
    expect(host.boxes.get("b")).toMatchObject({ label: "mine" });
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(before);
  });
});

describe("a refresh", () => {
  let state: Record<string, unknown>;
  beforeEach(async () => (state = (await it.create({ ...want, adopt: true })).outs));

  test("shows what is there, as inputs too", async () => {
    expect(await it.read("x", state)).toEqual({ id: "x", props: state, inputs: { ...want, adopt: true } });
  });

  test("shows drift of what is declared, and of nothing else", async () => {
    Object.assign(host.boxes.get("b")!, { size: 7, label: "by hand", serial: 5 });
    expect(await it.read("x", state)).toEqual({ id: "x", props: { ...state, size: 7, serial: 5 }, inputs: { ...want, size: 7, adopt: true } });
  });

  test("shows a declared property that is gone as gone", async () => {
    const labelled = (await it.update("", state, { ...want, label: "mine" })).outs;
    delete host.boxes.get("b")!.label;
    const { props, inputs } = await it.read("x", labelled);
    expect(JSON.parse(JSON.stringify([props, inputs]))).toEqual([{ ...want, serial: 1 }, want]);
  });

  test("shows an object as gone where it is, or where something else has its name", async () => {
    host.boxes.get("b")!.crate = 1;
    expect(await it.read("x", state)).toEqual({});
    host.boxes.clear();
    expect(await it.read("x", state)).toEqual({});
  });

  test("lets go of what is gone, so that it is nobody's when it comes back", async () => {
    const { id, outs } = await it.create(want);
    host.boxes.delete("b");
    expect(await it.read(id, outs)).toEqual({});
    expect(claimed()).toBeUndefined();
    byHand();
    expect((await failure(it.create(want))).message).toContain("is there already, and linuxnet did not make it");
  });

  test("changes nothing on the host", async () => {
    const before = host.snapshot();
    await it.read("x", state);
    expect(host.snapshot()).toEqual(before);
  });
});

describe("a delete", () => {
  let state: Record<string, unknown>;
  beforeEach(async () => {
    state = (await it.create(want)).outs;
    host.log.length = 0;
  });

  test("takes the object away, and its claim", async () => {
    await it.delete("", state);
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("of an object that is gone is done", async () => {
    host.boxes.clear();
    await it.delete("", state);
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
    expect(host.writes()).toEqual([]);
    await it.delete("", state);
  });

  test("of an object that goes while it is given back is done; one that stays is told", async () => {
    host.register.clear(); // It is somebody else's now.
    host.boxes.set("b", { serial: 9, size: 1, colour: "red", material: "wood" });
    const { outs } = await it.create({ ...want, adopt: true });
    const refuses = { rc: 1, stderr: "Cannot open network namespace" };
    host.fate = (command) => (command.startsWith("box set") ? refuses : undefined);
    expect((await failure(it.delete("", outs))).message).toMatch(/^host1: cannot restore Box b: Cannot open network namespace/);
    host.fate = (command) => (command.startsWith("box set") ? (host.boxes.clear(), refuses) : undefined);
    await it.delete("", outs);
    expect(host.register.size).toBe(0);
  });

  test("of an object that goes at the very moment is done, as when its namespace takes it along", async () => {
    host.fate = (command) => (command.startsWith("box del") ? (host.boxes.clear(), undefined) : undefined);
    await it.delete("", state);
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("leaves alone what another resource has taken, and its claim", async () => {
    claims("net/prod/theirs");
    const before = host.snapshot();
    await it.delete("", state);
    expect(host.snapshot()).toEqual(before);
  });

  test("leaves alone what has its name but is something else", async () => {
    host.boxes.get("b")!.crate = 1;
    await it.delete("", state);
    expect(host.boxes.has("b")).toBe(true);
    expect(host.register.size).toBe(0);
  });

  test("takes away what was made before a reboot of the register alone", async () => {
    host.register.clear();
    await it.delete("", state);
    expect(host.boxes.size).toBe(0);
  });

  test("waits until the kernel has taken the object down", async () => {
    vi.useFakeTimers();
    host.lingering = 5;
    const done = it.delete("", state);
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("is an error where the object does not go, and keeps its claim", async () => {
    vi.useFakeTimers();
    host.lingering = 1_000_000;
    const done = failure(it.delete("", state));
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await done).message).toBe("host1: Box b is still there 10 s after its deletion");
    expect(claimed()).toEqual({ owner: me });
  });

  test("that fails is told, and keeps the claim", async () => {
    host.fate = (command) => (command.startsWith("box del") ? { rc: 2, stderr: "Device or resource busy" } : undefined);
    expect((await failure(it.delete("", state))).message).toBe("host1: cannot delete Box b: Device or resource busy (command: box del b)");
    expect(claimed()).toEqual({ owner: me });
  });

  test("of an adopted object that is gone is done", async () => {
    const found = { name: "b", size: 1, colour: "red", material: "wood" };
    claims(me, found);
    host.boxes.clear();
    await it.delete("", { ...state, found });
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });
});

describe("a setting that is always there", () => {
  const path = "/proc/sys/net/ipv4/ip_forward";
  const setting = { key: "net.ipv4.ip_forward", value: "1", host: connection, owner: me };
  beforeEach(() => {
    host.settings.set(path, "0");
    it = lifecycle(sysctl as unknown as Kind, host.open, () => undefined);
  });

  test("is changed, and given back as it was found", async () => {
    const before = host.snapshot();
    const { id, outs } = await it.create(setting);
    expect(id).toBe("host1 sysctl /proc/sys/net/ipv4/ip_forward");
    expect(outs).toEqual({ ...setting, found: { key: "net.ipv4.ip_forward", value: "0" } });
    expect(host.settings.get(path)).toBe("1");
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(before);
  });

  test("is given back as it was first found, after an update and also where the first create was interrupted", async () => {
    let once = true;
    host.fate = (command) => (command.startsWith("dd ") && once ? ((once = false), (host.down = true), "lost after") : undefined);
    await failure(it.create(setting));
    expect(host.settings.get(path)).toBe("1");
    host.down = false;
    const { outs } = await it.create(setting);
    const { outs: later } = await it.update("", outs, { ...setting, value: "2" });
    expect(host.settings.get(path)).toBe("2");
    await it.delete("", later);
    expect(host.settings.get(path)).toBe("0");
    expect(host.register.size).toBe(0);
  });

  test("is given back where making it fails", async () => {
    let looks = 0;
    host.fate = (command) => (command.startsWith("cat") && ++looks === 2 ? { rc: 1, stderr: "Permission denied" } : undefined);
    await failure(it.create(setting));
    expect(host.settings.get(path)).toBe("0");
    expect(host.register.size).toBe(0);
  });

  test("is not linuxnet's to make where it is not there", async () => {
    host.settings.clear();
    expect((await failure(it.create(setting))).message).toBe("host1: Sysctl /proc/sys/net/ipv4/ip_forward is not there, and is not linuxnet's to make");
    expect(host.register.size).toBe(0);
  });

  describe("that another resource has already", () => {
    const other = { ...setting, owner: "net/prod/theirs" };

    test("is shared where both want the same, and given back when the last lets go, in whatever order", async () => {
      for (const order of [[0, 1], [1, 0]]) {
        const both = [(await it.create(setting)).outs, (await it.create(other)).outs];
        expect(both[1]).toEqual({ ...other, found: { key: "net.ipv4.ip_forward", value: "0" } });
        await it.delete("", both[order[0]!]!);
        expect(host.settings.get(path)).toBe("1");
        await it.delete("", both[order[1]!]!);
        expect(host.settings.get(path)).toBe("0");
        expect(host.register.size).toBe(0);
      }
    });

    test("is shared also where both claim it at once", async () => {
      const [mine, theirs] = await Promise.all([it.create(setting), it.create(other)]);
      await it.delete("", mine.outs);
      expect(host.settings.get(path)).toBe("1");
      await it.delete("", theirs.outs);
      expect(host.settings.get(path)).toBe("0");
    });

    test("is refused where the two differ, at first and later", async () => {
      const { outs } = await it.create(setting);
      const says = "host1: Sysctl /proc/sys/net/ipv4/ip_forward belongs to net/dev/mine, with value \"1\", not \"0\": all who declare it must want the same";
      expect((await failure(it.create({ ...other, value: "0" }))).message).toBe(says);
      const shared = (await it.create(other)).outs;
      expect((await failure(it.update("", shared, { ...other, value: "0" }))).message).toBe(says);
      await it.delete("", outs);
      await it.update("", shared, { ...other, value: "2" });
      expect(host.settings.get(path)).toBe("2");
    });

    test("keeps its other holders when one is renamed, and when its create is interrupted", async () => {
      const { outs } = await it.create(setting);
      await it.create(other);
      const renamed = { ...setting, owner: "net/dev/renamed" };
      const { outs: later } = await it.update("", outs, renamed);
      await it.create(other); // As after a kill between claiming and the state.
      await it.delete("", later);
      expect(host.settings.get(path)).toBe("1");
      await it.delete("", { ...other, found: later.found });
      expect(host.settings.get(path)).toBe("0");
    });

    test("is shared again after a reboot, by a refresh of the one that finds it right", async () => {
      const [mine, theirs] = [(await it.create(setting)).outs, (await it.create(other)).outs];
      host.reboot({ [path]: "0" });
      const { outs: again } = await it.update("", (await it.read("x", mine)).props!, setting);
      expect((await it.read("x", theirs)).props).toEqual(theirs);
      await it.delete("", again);
      expect(host.settings.get(path)).toBe("1");
      await it.delete("", theirs);
      expect(host.settings.get(path)).toBe("0");
    });
  });

  test("after a reboot drifts, is set again by an update, and is still given back", async () => {
    const { outs } = await it.create(setting);
    host.reboot({ [path]: "0" });
    const { props, inputs } = await it.read("x", outs);
    expect(inputs).toMatchObject({ value: "0" });
    const { outs: again } = await it.update("", props!, setting);
    expect(host.settings.get(path)).toBe("1");
    await it.delete("", again);
    expect(host.settings.get(path)).toBe("0");
  });

  test("that goes away with its link is gone in a refresh, and its delete is done", async () => {
    const { outs } = await it.create(setting);
    host.settings.clear();
    expect(await it.read("x", outs)).toEqual({});
    await it.delete("", outs);
    expect(host.register.size).toBe(0);
  });
});
