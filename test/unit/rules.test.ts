import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { rule } from "../../provider/kinds/rule.js";
import { plan } from "../../provider/plan.js";
import { kinds, type KindName } from "../../provider/registry.js";
import { unknownValue } from "../../provider/unknown.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";
const checked = (kind: KindName, given: object) => check(kinds[kind], { ...given, host, owner });
const problems = (kind: KindName, given: object) => checked(kind, given).problems.map((p) => `${p.property}: ${p.reason}`);
const value = (given: object) => checked("Rule", given).value;

describe("a rule", () => {
  test.each([
    [1, "0x1"],
    ["0x10", "0x10"],
    ["16/0xFF", "0x10/0xff"],
    ["0x10/0xffffffff", "0x10"],
    ["0/255", "0x0/0xff"],
    [4_294_967_295, "0xffffffff"],
  ])("the mark %j is %s", (given, canonical) => expect(value({ priority: 1, fwmark: given }).fwmark).toBe(canonical));
  test.each(["", "0x", "x", "-1", -1, 1.5, "1/2/3", "1/", "/1", 4_294_967_296, "0x100000000", "1 "])("%j is no mark", (given) => expect(problems("Rule", { priority: 1, fwmark: given })[0]).toMatch(/^fwmark: .* is not a mark such as/));

  test.each([
    [80, "80"],
    ["80", "80"],
    ["1000-2000", "1000-2000"],
    ["53-53", "53"],
    ["0080", "80"],
  ])("the port %j is %s", (given, canonical) => expect(value({ priority: 1, dport: given }).dport).toBe(canonical));
  test.each([0, 65_536, "2-1", "1-", "-1", "1-2-3", "http", "", "1,2"])("%j is no port", (given) => expect(problems("Rule", { priority: 1, sport: given })[0]).toMatch(/^sport: .* is not a port such as/));

  test("takes a protocol by name or by number", () => {
    expect(value({ priority: 1, ipproto: "tcp" }).ipproto).toBe(6);
    expect(value({ priority: 1, ipproto: 132 }).ipproto).toBe(132);
    expect(problems("Rule", { priority: 1, ipproto: "nosuch" })[0]).toMatch(/^ipproto: is a number from 1 to 255, or one of icmp, tcp/);
    expect(problems("Rule", { priority: 1, ipproto: 0 })[0]).toMatch(/^ipproto: 0 is out of range/);
  });

  test("is of the family that its addresses say", () => {
    expect(value({ priority: 1, to: "fd00::/64" }).family).toBe(6);
    expect(value({ priority: 1, fwmark: 1 }).family).toBe(4);
    expect(value({ priority: 1, from: unknownValue }).family).toBe(unknownValue);
    expect(problems("Rule", { priority: 1, from: "10.0.0.0/8", to: "fd00::/64" })).toEqual(["to: fd00::/64 is not IPv4, as the other prefix is"]);
    expect(problems("Rule", { priority: 1, family: 6, from: "10.0.0.0/8" })).toEqual(["from: 10.0.0.0/8 is not IPv6, as `family` is"]);
    expect(problems("Rule", { priority: 1, family: 5 })).toEqual(["family: is 4 or 6"]);
  });

  test("says nothing that means nothing", () => {
    expect(problems("Rule", { priority: 1, from: "0.0.0.0/0" })).toEqual(["from: 0.0.0.0/0 is every address: leave it out"]);
    expect(problems("Rule", { priority: 1, not: true })[0]).toMatch(/^not: needs/);
    expect(problems("Rule", { priority: 1, action: "prohibit", table: 9, suppressPrefixlength: 0 })).toEqual(["table: prohibit looks up nothing", "suppressPrefixlength: prohibit looks up nothing"]);
    expect(problems("Rule", { table: 100 })).toEqual(["priority: is missing"]);
  });

  test("has its table also where it is adopted", () => {
    const { value: want } = check(kinds.Rule, { priority: 100, from: "10.0.0.0/8", adopt: true, host, owner });
    expect(rule.add(want as never)).toEqual([["ip", "-4", "rule", "add", "priority", "100", "from", "10.0.0.0/8", "lookup", "254"]]);
  });

  test("comes before the one that it replaces only where the kernel can tell the two apart", () => {
    const old = value({ priority: 100, from: "10.0.0.0/8", table: 9 });
    const step = (given: object) => plan(kinds.Rule, old, value({ table: 9, ...given }));
    expect(step({ priority: 101, from: "10.0.0.0/8" })).toMatchObject({ replaces: ["priority"], deleteBeforeReplace: false });
    expect(step({ priority: 100, from: "10.1.0.0/16" })).toMatchObject({ replaces: ["from"], deleteBeforeReplace: true });
    expect(step({ priority: 100, from: "10.0.0.0/8", table: 8 })).toMatchObject({ changed: ["table"], replaces: [] });
  });

  test("is not deleted where the kernel would delete another one", () => {
    const want = value({ priority: 100, from: "10.0.0.0/8", table: 9 }) as never;
    const rows = [{ priority: 100, src: "10.0.0.0", srclen: 8, iif: "e0", table: "9" }, { priority: 100, src: "10.0.0.0", srclen: 8, table: "9" }];
    const seen = rule.parse([JSON.stringify(rows)], want)!;
    expect(() => rule.del(want, seen)).toThrow(/would delete another one of this priority/);
    expect(rule.parse([JSON.stringify(rows.reverse())], want)).not.toHaveProperty("shadowed");
  });
});

describe("a route of several next hops", () => {
  const hops = [{ via: "10.1.1.9" }, { via: "10.1.2.9" }];

  test("says them nowhere else", () => {
    expect(problems("Route", { dst: "10.9.0.0/24", nexthops: hops, via: "10.1.1.9", dev: "e0" })).toEqual(["via", "dev"].map((p) => `${p}: belongs into each of \`nexthops\` where there are several`));
    expect(problems("Route", { dst: "10.9.0.0/24", nexthops: hops, type: "blackhole" })).toEqual(["nexthops: a blackhole route has no next hop"]);
    expect(problems("Route", { dst: "10.9.0.0/24", nexthops: [] })[0]).toMatch(/^nexthops: /);
  });

  test("is told what is wrong with each", () => {
    expect(problems("Route", { dst: "10.9.0.0/24", nexthops: [{ via: "fd00::1" }, { via: "10.1.1.9", onlink: true }, {}] })).toEqual([
      "nexthops[0].via: fd00::1 is not IPv4, as dst 10.9.0.0/24 is",
      "nexthops[1].onlink: needs both `via` and `dev`",
      "nexthops[2].via: a next hop needs `via`, `dev` or both",
    ]);
    expect(problems("Route", { dst: "fd09::/64", nexthops: [{ via: "fd00::1" }, { dev: "e0" }] })).toEqual(["nexthops[1].via: is missing: IPv6 shares packets only among next hops that have an address"]);
    expect(problems("Route", { dst: "10.9.0.0/24", nexthops: [{ via: "10.1.1.9", weight: 257 }, { via: "x" }] })[0]).toMatch(/^nexthops\[0\]\.weight: 257 is out of range/);
    expect(problems("Route", { dst: "default", nexthops: [{ via: "10.1.1.9" }, { via: "fd00::1" }] })).toEqual(["nexthops[1].via: fd00::1 is not IPv4, as the first next hop is"]);
  });

  test("is of the family of its first, where it is the default", () => {
    expect(checked("Route", { dst: "default", nexthops: [{ via: "fd00::1" }] }).value.dst).toBe("::/0");
    expect(checked("Route", { dst: "default", nexthops: unknownValue }).value.dst).toBe(unknownValue);
    expect(checked("Route", { dst: "default", nexthops: [{ via: "10.0.0.1" }, { via: unknownValue }] }).value.dst).toBe(unknownValue);
  });

  test("is replaced together with a link of any", () => {
    const { value: old } = checked("Route", { dst: "10.9.0.0/24", nexthops: [{ dev: "e0" }, { dev: "e1" }] });
    const { value: want } = checked("Route", { dst: "10.9.0.0/24", nexthops: [{ dev: "e0" }, { dev: unknownValue }] });
    expect(plan(kinds.Route, old, want)).toMatchObject({ replaces: ["nexthops"], deleteBeforeReplace: true });
  });
});

describe("a route", () => {
  test("has neither TOS nor scope in IPv6, and no TOS is 0", () => {
    expect(problems("Route", { dst: "fd09::/64", dev: "e0", tos: 16, scope: "link" })).toEqual(["tos: IPv6 routes have none", "scope: IPv6 routes have none"]);
    expect(checked("Route", { dst: "10.9.0.0/24", dev: "e0", tos: 0 }).value).not.toHaveProperty("tos");
  });

  test("is another one with another TOS", () => {
    const key = (tos?: number) => kinds.Route.objects(checked("Route", { dst: "10.9.0.0/24", dev: "e0", tos }).value as never)[0];
    expect(key()).toBe("route  254 10.9.0.0/24 0");
    expect(key(16)).toBe("route  254 10.9.0.0/24 0 tos 16");
  });
});
