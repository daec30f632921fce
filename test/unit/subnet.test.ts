import { describe, expect, test } from "vitest";
import type { Host } from "../../sdk/host.js";
import { nodeConflicts, nth } from "../../sdk/components/subnet.js";

const [one, two] = [{}, {}] as [Host, Host];
const conflicts = (...nodes: [Host, string, string | string[]][]) => nodeConflicts(nodes.map(([host, name, subnet]) => ({ host, name, subnet })), 2, "three are needed").map((p) => `${p.property}: ${p.reason}`);

describe("the nodes of a network", () => {
  test("may have a subnet of each family each", () => expect(conflicts([one, "a", ["10.0.1.0/24", "fd00:1::/64"]], [two, "a", ["10.0.2.0/24", "fd00:2::/64"]])).toEqual([]));

  test("cannot share addresses, whichever subnet is the larger", () => {
    expect(conflicts([one, "a", "10.0.0.0/16"], [two, "b", "10.0.2.0/24"])).toEqual(["nodes[1].subnet: 10.0.2.0/24 overlaps 10.0.0.0/16 of node a"]);
    expect(conflicts([one, "a", "fd00:2::/64"], [two, "b", ["10.0.2.0/24", "fd00::/16"]])).toEqual(["nodes[1].subnet: fd00::/16 overlaps fd00:2::/64 of node a"]);
  });

  test("need room for their addresses", () => expect(conflicts([one, "a", "10.0.0.0/31"], [two, "b", "10.0.1.0/30"])).toEqual(["nodes[0].subnet: 10.0.0.0/31 is too small: three are needed"]));

  test("have one subnet a family, and a name of their own on a host", () => {
    expect(conflicts([one, "a", ["10.0.0.0/24", "10.0.1.0/24"]], [one, "a", "10.0.2.0/24"])).toEqual(["nodes[0].subnet: more than one subnet of one family", "nodes[1].name: a is the name of two nodes on one host"]);
  });
});

test("an address of a subnet carries over its bytes", () => {
  expect([nth("10.0.0.0/8", 3), nth("10.0.0.128/25", 200), nth("fd00::/64", 65_536)]).toEqual(["10.0.0.3", "10.0.1.72", "fd00::1:0"]);
});
