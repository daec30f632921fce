import fc from "fast-check";
import { expect, test } from "vitest";
import { MarkedStream } from "../../provider/host/marked-stream.js";

const mark = "linuxnet-0123456789abcdef";

/** Bytes, often such as could be taken for a mark or a part of one. */
const bytes = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b)), fc.constantFrom("\n", "\n\n", mark.slice(0, 7), `\n${mark}`, mark, `${mark} 1 0 0`, " ", "\0").map((s) => Buffer.from(s))), { maxLength: 8 })
  .map((parts) => Buffer.concat(parts))
  .filter((b) => !b.includes(`\n${mark} `));
const answers = fc.array(fc.record({ data: bytes, says: fc.stringMatching(/^[0-9]{1,6}( [0-9]{1,3} [0-9]{1,3})?$/) }), { maxLength: 6 });
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 });

function* cut(all: Buffer, lengths: number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < all.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield all.subarray(at, at + length);
    at += length;
  }
}

test("answers come out whole and in order, whatever they hold and however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(answers, sizes, bytes, async (list, lengths, rest) => {
      // What follows the last mark must not make one with what is still to come.
      const all = Buffer.concat([...list.flatMap(({ data, says }) => [data, Buffer.from(`\n${mark} ${says}\n`)]), rest]);
      const stream = new MarkedStream(mark);
      for (const chunk of cut(all, lengths)) stream.push(chunk);
      for (const { data, says } of list) {
        const answer = await stream.next();
        expect(answer.says).toBe(says);
        expect(answer.data.equals(data)).toBe(true);
      }
      expect(stream.rest().equals(rest)).toBe(true);
    }),
  );
});

test("an answer reaches who waited for it first, before and after it comes", async () => {
  const stream = new MarkedStream(mark);
  const waiting = [stream.next(), stream.next()];
  stream.push(Buffer.from(`a\n${mark} 1\nb\n${mark} 2\nc\n${mark} 3\n`));
  const all = await Promise.all([...waiting, stream.next()]);
  expect(all.map(({ data, says }) => `${data.toString()}${says}`)).toEqual(["a1", "b2", "c3"]);
});

test("a mark that comes a byte at a time is a mark", async () => {
  const stream = new MarkedStream(mark);
  for (const byte of Buffer.from(`out\n${mark} 7 0 2\nrest`)) stream.push(Buffer.from([byte]));
  expect(await stream.next()).toEqual({ data: Buffer.from("out"), says: "7 0 2" });
  expect(stream.rest().toString()).toBe("rest");
});

test("nothing is answered before the whole line of its mark is there", async () => {
  const stream = new MarkedStream(mark);
  let answered = false;
  void stream.next().then(() => (answered = true));
  stream.push(Buffer.from(`out\n${mark} 7 0`));
  await Promise.resolve();
  expect(answered).toBe(false);
  expect(stream.rest().toString()).toBe(`out\n${mark} 7 0`);
});

test("a long answer in many chunks costs time in proportion to its length", async () => {
  const stream = new MarkedStream(mark);
  const looked = { bytes: 0 };
  const concat = Buffer.concat;
  Buffer.concat = ((list: Uint8Array[], length?: number) => {
    looked.bytes += list.reduce((sum, b) => sum + b.length, 0);
    return concat(list, length);
  }) as typeof Buffer.concat;
  try {
    for (let i = 0; i < 1000; i++) stream.push(Buffer.alloc(1000, 97));
    stream.push(Buffer.from(`\n${mark} 1\n`));
  } finally {
    Buffer.concat = concat;
  }
  expect((await stream.next()).data).toHaveLength(1_000_000);
  expect(looked.bytes).toBeLessThan(5_000_000);
});
