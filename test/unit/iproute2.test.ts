import { expect, test } from "vitest";
import { olderThan, version } from "../../provider/iproute2.js";

test.each([
  ["ip utility, iproute2-6.1.0, libbpf 1.1.2", "6.1.0"],
  ["ip utility, iproute2-ss190319", "ss190319"],
  ["ip utility, iproute2-5.15.0, libbpf 0.5.0", "5.15.0"],
])("%s is version %s", (said, is) => expect(version(said)).toBe(is));

// Versions as they came, in order: snapshots by date until 5.7, then numbers.
const all = ["ss161212", "ss180402", "ss180608", "ss181023", "ss190319", "ss190510", "ss200330", "5.7.0", "v5.7.0-77-gb687d1067169", "5.10.0", "6.1.0", "10.0"];
test("versions are older than a release up to it", () => {
  expect(all.filter((v) => olderThan(v, "4.17"))).toEqual(["ss161212", "ss180402"]);
  expect(all.filter((v) => olderThan(v, "5.1"))).toEqual(["ss161212", "ss180402", "ss180608", "ss181023", "ss190319"]);
  expect(olderThan("4.9.0", "4.17")).toBe(true);
});

test("a version that says nothing is not called old", () => expect(olderThan("of my own", "5.1")).toBe(false));
