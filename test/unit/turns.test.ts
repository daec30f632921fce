import { setImmediate as later } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "../../provider/host/turns.js";

/** Work that ends when it is told to, and notes when it began. */
function works() {
  const begun: string[] = [];
  const end: Record<string, (error?: Error) => void> = {};
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => (end[name] = (error) => (error ? reject(error) : resolve(name))));
  };
  return { begun, end, work };
}

test("changes run side by side, and one that must be alone waits for them and they for it, in order", async () => {
  const turns = new Turns();
  const { begun, end, work } = works();
  const done = [turns.beside(work("a")), turns.beside(work("b")), turns.alone(work("C")), turns.beside(work("d")), turns.alone(work("E"))];
  await later();
  expect(begun).toEqual(["a", "b"]);
  end.a!();
  await later();
  expect(begun).toEqual(["a", "b"]);
  end.b!();
  await later();
  expect(begun).toEqual(["a", "b", "C"]);
  end.C!();
  await later();
  expect(begun).toEqual(["a", "b", "C", "d"]);
  end.d!();
  await later();
  expect(begun).toEqual(["a", "b", "C", "d", "E"]);
  end.E!();
  expect(await Promise.all(done)).toEqual(["a", "b", "C", "d", "E"]);
});

test("one that fails holds nobody up", async () => {
  const turns = new Turns();
  const { end, work } = works();
  const done = [turns.beside(work("a")), turns.alone(work("B")), turns.beside(work("c"))];
  await later();
  end.a!(new Error("no"));
  await expect(done[0]).rejects.toThrow("no");
  await later();
  end.B!(new Error("neither"));
  await expect(done[1]).rejects.toThrow("neither");
  await later();
  end.c!();
  expect(await done[2]).toBe("c");
});
