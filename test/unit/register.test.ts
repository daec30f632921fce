import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { claim, claimFile, readClaim, showClaim, unclaim } from "../../provider/register.js";

describe("the file of an object in a host's register", () => {
  test("can be read", () => {
    expect(claimFile("link ns245 eth0")).toBe("link+ns245+eth0");
    expect(claimFile("link  br0")).toBe("link++br0");
    expect(claimFile("route  254 172.246.0.0/24 0")).toBe("route++254+172.246.0.0%2F24+0");
    expect(claimFile("netns x".padEnd(300, "x"))).toMatch(/^netns\+x{161}-[0-9a-f]{32}$/);
  });

  test("is a plain name in its folder, whatever the object's name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const file = claimFile(`netns ${name}`);
        expect(file).toMatch(/^[\w.!~*'()%+-]+$/);
        expect(file).not.toMatch(/^\.{1,2}$/);
        expect(Buffer.byteLength(file)).toBeLessThanOrEqual(200);
      }),
    );
  });

  test("differs for different objects, also for long ones that start alike", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 250 }), fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (start, a, b) => {
        fc.pre(a !== b);
        expect(claimFile(`${start}${a}`)).not.toBe(claimFile(`${start}${b}`));
      }),
    );
    expect(claimFile("a b")).not.toBe(claimFile("a+b"));
  });
});

test("what is claimed is read back, on one line", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), { nil: undefined }), (owner, found) => {
      const [, , text] = claim("link  br0", { owner, found });
      expect(text).not.toContain("\n");
      expect(readClaim(`${text}\n`)).toEqual(JSON.parse(JSON.stringify({ owner, found })));
    }),
  );
});

test("nothing is read where nothing is claimed", () => expect([readClaim(""), readClaim("\n")]).toEqual([undefined, undefined]));

test("showing, claiming and letting go name one file", () => {
  expect([showClaim("link  br0"), unclaim("link  br0"), claim("link  br0", { owner: "o" })]).toEqual([
    ["linuxnet_claimed", "link++br0"],
    ["linuxnet_unclaim", "link++br0"],
    ["linuxnet_claim", "link++br0", '{"owner":"o"}', ""],
  ]);
});
