import { beforeEach, describe, expect, test, vi } from "vitest";
import { PartialFailure } from "../../provider/errors.js";
import type { Handlers } from "../../provider/handlers.js";
import { ABI, provider } from "../../provider/index.js";
import { kinds } from "../../provider/registry.js";
import { unknownValue } from "../../provider/unknown.js";

const made = vi.hoisted(() => ({ handlers: {} as Record<string, unknown> }));
vi.mock("../../provider/lifecycle.js", async (original) => {
  const { lifecycle } = await original<typeof import("../../provider/lifecycle.js")>();
  return { lifecycle: (...args: Parameters<typeof lifecycle>) => ({ ...lifecycle(...args), ...made.handlers }) };
});

const text = "exports.configure = () => …";
const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const bridge = { name: "br0", host, owner: "net/dev/it" };
const thrown = async (doing: Promise<unknown>) => await doing.then(() => expect.unreachable(), (error: Error & Record<string, unknown>) => error);

beforeEach(() => void (made.handlers = {}));

describe("what a state file reaches", () => {
  test.each([...Object.keys(kinds), "Host"])("has all handlers of a %s", (type) => {
    expect(Object.keys(provider(type, ABI)).sort()).toEqual(["check", "create", "delete", "diff", "read", "update"]);
  });

  test("refuses a state of a newer version, and a type that there is not", () => {
    expect(() => provider("Bridge", ABI + 1)).toThrow(/written by a newer version of linuxnet/);
    expect(() => provider("Bridg", ABI)).toThrow(`linuxnet: there is no resource type "Bridg"`);
  });

  test("keeps out of the properties the text that Pulumi keeps with them", async () => {
    const { check, diff } = provider("Bridge", ABI);
    const { inputs, failures } = await check({}, { ...bridge, __provider: text });
    expect(failures).toEqual([]);
    expect(inputs).not.toHaveProperty("__provider");
    expect(await diff("x", { ...inputs, __provider: "old" }, { ...inputs, __provider: text })).toMatchObject({ changes: false });
  });

  test("leaves it to the engine to find which properties change in place", async () => {
    const { check, diff } = provider("Bridge", ABI);
    const { inputs } = await check({}, { name: "br0", host: { ssh: "h" }, owner: "a/b/c", __provider: text });
    expect(await diff("x", inputs, { ...inputs, mtu: 1400 })).toEqual({ replaces: [], deleteBeforeReplace: true });
  });

  test("takes unknowns of a preview in a check and a diff", async () => {
    const { check, diff } = provider("Bridge", ABI);
    const { inputs } = await check({}, bridge);
    expect((await check({}, { ...bridge, name: unknownValue })).failures).toEqual([]);
    expect(await diff("x", inputs, { ...inputs, name: unknownValue })).toEqual({ changes: true, replaces: ["name"], deleteBeforeReplace: true });
  });
});

describe("what is handed to Pulumi", () => {
  const handlers = (over: Partial<Handlers>) => {
    made.handlers = over;
    return provider("Bridge", ABI);
  };

  test("is clean JSON, without undefined at any depth", async () => {
    const { create } = handlers({ create: async () => ({ id: "x", outs: { a: undefined, b: { c: undefined, d: 1 }, e: [{ f: undefined }] } }) });
    expect(await create(bridge)).toStrictEqual({ id: "x", outs: { b: { d: 1 }, e: [{}] } });
  });

  test("is a plain error with the message alone, whatever was thrown", async () => {
    class Special extends Error {
      code = 0;
    }
    for (const [what, message] of [[new Special("broken"), "broken"], ["a text", "a text"], [undefined, "undefined"], [{ toString: () => "an object" }, "an object"]] as const) {
      const error = await thrown(handlers({ delete: () => Promise.reject(what) }).delete("x", {}));
      expect(error.constructor).toBe(Error);
      expect(error).toMatchObject({ message, stack: "" });
      expect(error).not.toHaveProperty("code");
      expect(error).not.toHaveProperty("id");
    }
  });

  test("of a create that left something has its id, what is there, why, and the text that makes a provider of it again", async () => {
    const create = () => Promise.reject(new PartialFailure("host1 link br0", { name: "br0", label: undefined }, new Error("it broke")));
    const error = await thrown(handlers({ create }).create({ ...bridge, __provider: text }));
    expect(error.constructor).toBe(Error);
    expect({ ...error, message: error.message }).toStrictEqual({ message: "it broke", id: "host1 link br0", properties: { name: "br0", __provider: text }, reasons: ["it broke"] });
  });

  test("waits for what it asked for", async () => {
    const order: string[] = [];
    const { delete: del } = handlers({ delete: async () => (await Promise.resolve(), void order.push("deleted")) });
    await del("x", {}).then(() => order.push("told"));
    expect(order).toEqual(["deleted", "told"]);
  });
});
