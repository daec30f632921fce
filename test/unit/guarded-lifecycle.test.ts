import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import type { Changes } from "../../provider/host/changes.js";
import type { GuardedChange } from "../../provider/host/guard-program.js";
import { TakenBack } from "../../provider/host/taken-back.js";
import type { Kind } from "../../provider/kind.js";
import { sysctl } from "../../provider/kinds/sysctl.js";
import { lifecycle } from "../../provider/lifecycle.js";
import { kinds, type KindName } from "../../provider/registry.js";
import { claimFile } from "../../provider/register.js";
import { box, FakeHost } from "./fake-host.js";

const connection = { ssh: "host1", verifyHostKey: true, sudo: false };
const want = { name: "b", size: 2, colour: "blue", material: "wood", host: connection, owner: "net/dev/mine" };
const risky = { ...box, touches: (w: { name: string }) => [{ what: "link", link: w.name }] } as unknown as Kind;

let host: FakeHost;
let it: ReturnType<typeof lifecycle>;
/** What was guarded, and why the next is not confirmed. */
let guarded: GuardedChange[];
let refuse: string | undefined;

/** A guard that makes the change by its commands, and takes it back by its own undo alone; the register it puts back itself. */
const changes: Changes = {
  take: (_host, touches, { guard }, work) => work(guard ?? touches.length > 0 ? "it is risky" : undefined),
  async guarded(c, change, confirm) {
    guarded.push(change);
    const register = new Map(host.register);
    const session = await host.open(c);
    const takeBack = async (error: Error, detail: { stderr?: string; done?: number } = {}): Promise<never> => {
      if (detail.done !== 0) for (const argv of change.undo) await session.run([argv]).catch(() => undefined);
      host.register.clear();
      for (const [file, text] of register) host.register.set(file, text);
      throw new TakenBack("host1", error.message, detail);
    };
    const ran = await session.run([...change.claims, ...change.commands]);
    if (ran.rc !== 0) return takeBack(new Error(`cannot ${change.what}`), { stderr: ran.stderr, done: ran.done - change.claims.length });
    const value = await confirm(await host.open(c)).catch((error: Error) => takeBack(error));
    return refuse ? takeBack(new Error(refuse)) : value;
  },
};
const plainly = () => lifecycle(risky, host.open, () => undefined);

beforeEach(() => {
  host = new FakeHost();
  guarded = [];
  refuse = undefined;
  it = lifecycle(risky, host.open, () => undefined, changes);
});

const failure = async (doing: Promise<unknown>) => await doing.then(() => expect.unreachable(), (error: Error) => error);
const byHand = () => host.boxes.set("b", { serial: 99, size: 1, colour: "red", material: "wood", label: "theirs" });

/** Each thing that can be done to an object, from what is there before. */
const doings: [string, () => Promise<() => Promise<unknown>>][] = [
  ["a create", async () => () => it.create(want)],
  ["an adoption", async () => (byHand(), () => it.create({ ...want, label: "mine", adopt: true }))],
  ["an update", async () => {
    const { outs } = await plainly().create({ ...want, label: "mine" });
    return () => it.update("", outs, { ...want, size: 3 });
  }],
  ["an update that makes the object anew", async () => {
    const { outs } = await plainly().create(want);
    host.boxes.get("b")!.material = "steel";
    return () => it.update("", outs, { ...want, size: 3 });
  }],
  ["a delete", async () => {
    const { outs } = await plainly().create({ ...want, label: "mine" });
    return () => it.delete("", outs);
  }],
  ["a delete that gives back what was found", async () => {
    byHand();
    const { outs } = await plainly().create({ ...want, adopt: true });
    return () => it.delete("", outs);
  }],
];

describe("a change that may cut the way to the host", () => {
  test.each(doings)("is made under guard: %s", async (_name, before) => {
    const doing = await before();
    await doing();
    expect(guarded).toHaveLength(1);
    expect(guarded[0]).toMatchObject({ owner: "net/dev/mine", why: "it is risky", seconds: 30, touched: ["link b", `claim ${claimFile("box b")}`] });
    expect(guarded[0]!.what).toMatch(/^(make|change|delete|restore) Box b$/);
  });

  test.each(doings)("knows how to take itself back, register and all: %s", async (_name, before) => {
    const doing = await before();
    const was = host.snapshot();
    refuse = "nobody came";
    expect((await failure(doing())).message).toBe("host1: nobody came");
    expect(host.snapshot()).toEqual(was);
    expect(guarded).toHaveLength(1);
    refuse = undefined;
    await doing();
  });

  test("is looked at by the new login, and taken back where it came out differently", async () => {
    host.fate = (command) => (command === "box show b" && host.boxes.has("b") && guarded.length > 0 ? (host.boxes.get("b")!.size = 7, undefined) : undefined);
    expect((await failure(it.create(want))).message).toBe("host1: host1: Box b came out differently: size: wanted 2, the kernel has 7");
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("that deletes is good once the object is gone, and only then out of the register", async () => {
    const { outs } = await plainly().create(want);
    host.lingering = 3;
    host.log.length = 0;
    await it.delete("", outs);
    expect(host.log.filter((c) => !/^(box show|linuxnet_claimed)/.test(c))).toEqual(["box del b", expect.stringContaining("linuxnet_unclaim")]);
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("that deletes what goes at that very moment is done", async () => {
    const { outs } = await plainly().create(want);
    host.fate = (command) => (command === "box del b" ? (host.boxes.clear(), undefined) : undefined);
    await it.delete("", outs);
    expect(host.snapshot()).toEqual(new FakeHost().snapshot());
  });

  test("needs no guard where there is nothing to do on the host", async () => {
    const { outs } = await plainly().create(want);
    await it.update("", outs, want);
    host.boxes.clear();
    await it.delete("", outs);
    expect(guarded).toEqual([]);
  });

  test("names what else must be reached, and how long the host waits", async () => {
    await it.create({ ...want, confirmTimeout: 90, probes: ["10.0.0.1", "fd00::1"] });
    expect(guarded[0]).toMatchObject({ seconds: 90, touched: ["link b", `claim ${claimFile("box b")}`, "probe 10.0.0.1", "probe fd00::1"] });
  });

  test("is made without guard where the program refuses it; any other with one where it asks", async () => {
    await it.create({ ...want, guard: false });
    expect(guarded).toEqual([]);
    it = lifecycle(box, host.open, () => undefined, changes);
    const { outs } = await it.create({ ...want, name: "c", guard: true });
    await it.delete("", outs);
    expect(guarded.map((g) => g.what)).toEqual(["make Box c", "delete Box c"]);
  });

  test("of a setting saves all settings that it may reset", async () => {
    const path = "/proc/sys/net/ipv4/ip_forward";
    host.settings.set(path, "0");
    it = lifecycle(sysctl as unknown as Kind, host.open, () => undefined, changes);
    const { outs } = await it.create({ key: "net.ipv4.ip_forward", value: "1", host: connection, owner: want.owner });
    expect(guarded[0]!.touched).toEqual([`file ${path}`, "conf", `claim ${claimFile(`sysctl  ${path}`)}`]);
    await it.delete("", outs);
    expect(guarded.map((g) => g.undo.map(({ 1: file, input }) => [file, input]))).toEqual([[[`of=${path}`, "0\n"]], [[`of=${path}`, "1\n"]]]);
    expect(host.settings.get(path)).toBe("0");
  });

  test.each([
    [{ backend: "iptables-legacy", family: 6 }, "firewall ip6tables-legacy"],
    [{ backend: "iptables-nft", netns: "ns1" }, "firewall iptables-nft ns1"],
    [{ backend: "nft" }, "firewall nft-ip"],
  ])("of rules has the host keep the whole of them: %o", async (where, kept) => {
    const want = { family: 4, table: "filter", chain: "INPUT", target: "drop", position: "last", tag: "abc", ...where, host: connection, owner: "net/dev/mine", guard: true };
    const session = { host: "host1", ended: new Promise<void>(() => undefined), close: async () => undefined, run: async () => ({ rc: 1, stdout: Buffer.alloc(0), stderr: "No such file or directory", done: 0 }) };
    const it = lifecycle(kinds.FirewallRule, async () => session, () => undefined, { ...changes, guarded: async (_host, change) => (guarded.push(change), Promise.reject(new TakenBack("host1", "nobody came"))) });
    await failure(it.create(want));
    expect(guarded[0]).toMatchObject({ undo: [] });
    expect(guarded[0]!.touched).toContain(kept);
  });

  test.each(Object.keys(kinds) as KindName[])("of any kind can be taken back before it is made: %s", (name) => {
    for (const file of readdirSync(join(__dirname, "kinds", name)).filter((f) => f.endsWith(".json"))) {
      const { want } = JSON.parse(readFileSync(join(__dirname, "kinds", name, file), "utf8"));
      const { value } = check(kinds[name], { ...want, host: connection, owner: "net/dev/mine" });
      const rules = (kinds[name].touches?.(value as never) ?? []).some(({ what }) => what === "firewall");
      if (!rules) expect(kinds[name].del(value as never, value)).toBeInstanceOf(Array);
    }
  });

  test("that asks for a guard, or for none, is a change to the state alone", async () => {
    const { outs } = await it.create(want);
    for (const more of [{ guard: false }, { guard: true }, { confirmTimeout: 60 }, { probes: ["10.0.0.1"] }]) {
      expect(await it.diff("", outs, { ...want, ...more })).toEqual({ changes: true, replaces: [], deleteBeforeReplace: true });
      expect((await it.update("", outs, { ...want, ...more })).outs).toMatchObject(more);
    }
    expect(guarded).toHaveLength(1);
  });
});
