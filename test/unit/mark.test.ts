import { beforeEach, describe, expect, test } from "vitest";
import type { Kind } from "../../provider/kind.js";
import { isMark, markOf } from "../../provider/mark.js";
import { lifecycle } from "../../provider/lifecycle.js";
import { box, FakeHost } from "./fake-host.js";

/** Boxes whose label says whose they are, where the program gives them none. */
const marked = {
  ...box,
  outputs: ["serial", "mark"],
  parse: (shown: (string | undefined)[], want: { label?: string }) => {
    const { label, ...seen } = (box.parse(shown, want as never) ?? {}) as Record<string, unknown>;
    if (seen.name === undefined) return undefined;
    return typeof label === "string" && isMark(label) && label !== want.label ? { ...seen, label: undefined, mark: label } : { ...seen, label };
  },
  mark: { instance: "serial", put: ({ name, label }: { name: string; label?: string }, text: string) => (label === undefined ? [["box", "set", name, `label=${text}`]] : []) },
} as unknown as Kind;

const owner = "net/dev/mine";
const want = { name: "b", size: 2, colour: "blue", material: "wood", host: { ssh: "host1", verifyHostKey: true, sudo: false as const }, owner };
let host: FakeHost;
let it: ReturnType<typeof lifecycle>;
beforeEach(() => {
  host = new FakeHost();
  it = lifecycle(marked, host.open, () => undefined);
});
const failure = async (doing: Promise<unknown>) => (await doing.then(() => expect.unreachable(), (error: Error) => error)).message;
const byHand = () => host.boxes.set("b", { serial: 99, size: 1, colour: "red", material: "wood" });

describe("a mark", () => {
  test("names project and stack in letters that no shell minds, and the resource by a word of its own", () => {
    expect(markOf("my.net/de v/VxlanOverlay$Vxlan/it's")).toMatch(/^linuxnet\.my_net\.de_v\.[0-9a-f]{12}$/);
    expect(markOf("a/b/c")).not.toBe(markOf("a/b/d"));
    expect(markOf(`${"p".repeat(300)}/${"s".repeat(300)}/x`).length).toBeLessThan(256);
  });

  test("is what the object bears that is made, and an output; a label of the program's own stays", async () => {
    const { outs } = await it.create(want);
    expect(host.boxes.get("b")!.label).toBe(markOf(owner));
    expect(outs).toMatchObject({ mark: markOf(owner) });
    expect(outs.label).toBeUndefined();
    await it.create({ ...want, name: "c", label: "mine" });
    expect(host.boxes.get("c")!.label).toBe("mine");
  });

  test("is not put on what is taken over", async () => {
    byHand();
    await it.create({ ...want, adopt: true });
    expect(host.boxes.get("b")!.label).toBeUndefined();
  });

  test("says whose it is where the register is lost: the same resource goes on, another one is told", async () => {
    await it.create(want);
    host.register.clear();
    expect(await failure(it.create({ ...want, owner: "other/dev/theirs" }))).toMatch(/^host1: Box b belongs to linuxnet\.net\.dev\.[0-9a-f]{12}: declare an object only once/);
    await it.create(want);
  });

  test("tells what somebody made anew under the name: it is gone to a refresh, and neither changed nor deleted", async () => {
    const { outs } = await it.create(want);
    byHand();
    expect(await failure(it.update("", outs, { ...want, size: 3 }))).toMatch(/^host1: cannot change Box b: Box b is there, but not the one that linuxnet made: somebody made it anew\. Run `pulumi up --refresh`/);
    await it.delete("", outs);
    expect(host.boxes.get("b")).toMatchObject({ serial: 99 });
    expect(host.register.size).toBe(0);
    const again = new FakeHost();
    it = lifecycle(marked, again.open, () => undefined);
    const { outs: before } = await it.create(want);
    again.boxes.set("b", { serial: 99, size: 1, colour: "red", material: "wood" });
    expect(await it.read("id", before)).toEqual({});
    expect(await failure(it.create(want))).toMatch(/is there already, and linuxnet did not make it/);
  });

  test("that a hand took off the same object is nothing lost", async () => {
    const { outs } = await it.create(want);
    delete host.boxes.get("b")!.label;
    expect(await it.read("id", outs)).toMatchObject({ id: "id" });
    await it.delete("", outs);
    expect(host.boxes.size).toBe(0);
  });
});
