import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ruleSchema } from "../../provider/netfilter/rule.js";
import { balance, chances, serviceConflicts, translate } from "../../sdk/components/balance.js";

/** Which part of all connections each rule gets, when they are asked one after the other. */
function parts(chance: readonly (number | undefined)[]): number[] {
  let left = 1;
  return chance.map((c) => {
    const part = left * (c ?? 1);
    left -= part;
    return part;
  });
}

describe("the chances of rules that are asked one after the other", () => {
  test("give each of three a third, and none has nothing to do", () => {
    expect(chances([1, 1, 1])).toEqual([1 / 3, 1 / 2, undefined]);
    expect(chances([7])).toEqual([undefined]);
    expect(chances([])).toEqual([]);
  });

  test("give each its weight's share", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 40 }), (weights) => {
        const all = weights.reduce((sum, w) => sum + w, 0);
        parts(chances(weights)).forEach((part, i) => expect(part).toBeCloseTo(weights[i]! / all, 9));
      }),
    );
  });

  test("are such as a rule takes, also at the extremes", () => {
    for (const weights of [[1, 65_535], [65_535, 1], Array<number>(1000).fill(1), [1, ...Array<number>(1000).fill(65_535)]]) {
      for (const probability of chances(weights)) expect(ruleSchema.parse({ probability }).probability ?? 1).toBeGreaterThan(0);
    }
  });
});

const match = { protocol: "tcp", destination: "10.96.0.80", destinationPorts: 80 } as const;

test("each rule that chooses a target says what it is for, so that nothing else is forgotten with it", () => {
  expect(balance(match, [{ address: "172.245.0.2", port: 9090, weight: 3 }, { address: "172.246.0.2", port: 9091, weight: 1 }])).toEqual([
    { ...match, probability: 0.75, target: "dnat", to: "172.245.0.2", toPorts: 9090 },
    { ...match, target: "dnat", to: "172.246.0.2", toPorts: 9091 },
  ]);
  expect(balance(match, [])).toEqual([]);
});

test("a client keeps its address towards another subnet only", () => {
  const [a, b] = ["172.245.0.0/24", "172.246.0.0/24"];
  expect(translate(match, [a, b])).toEqual([
    { ...match, source: a, destination: a, target: "masquerade" },
    { ...match, source: b, destination: b, target: "masquerade" },
    { ...match, source: a, target: "return" },
    { ...match, source: b, target: "return" },
    { ...match, target: "masquerade" },
  ]);
  expect(translate(match, [])).toEqual([{ ...match, target: "masquerade" }]);
});

describe("a virtual service", () => {
  const conflicts = (more: object, hosts: unknown[] = [{}]) => serviceConflicts(hosts, { address: ["10.96.0.80", "fd00:96::80"], port: 80, endpoints: [], ...more }).map((p) => `${p.property}: ${p.reason}`);

  test("may have endpoints of either family, or of both, or none", () => {
    expect(conflicts({ endpoints: [{ address: "172.245.0.2" }, { address: "fd00:245::2" }, { address: ["172.246.0.2", "fd00:246::2"] }, { address: "172.245.0.2", port: 81 }] })).toEqual([]);
    expect(conflicts({ address: "10.96.0.80", endpoints: [{ address: ["172.246.0.2", "fd00:246::2"] }] })).toEqual([]);
    expect(conflicts({})).toEqual([]);
  });

  test("needs hosts, each once, and one address a family", () => {
    const host = {};
    expect(conflicts({}, [])).toEqual(["hosts: is one host at least"]);
    expect(conflicts({}, [host, {}, host])).toEqual(["hosts: has one host twice"]);
    expect(conflicts({ address: ["10.96.0.80", "10.96.0.81"] })).toEqual(["address: more than one address of one family"]);
  });

  test("has no endpoint twice, nor one that it cannot lead to", () => {
    expect(conflicts({ endpoints: [{ address: "172.245.0.2" }, { address: ["fd00:245::2", "172.245.0.2"], port: 80 }] })).toEqual(["endpoints[1].address: 172.245.0.2 port 80 is endpoints[0] as well: to give it more connections, say a higher `weight`"]);
    expect(conflicts({ address: "10.96.0.80", endpoints: [{ address: "fd00:245::2" }] })).toEqual(["endpoints[0].address: fd00:245::2 is of another family than 10.96.0.80, by which it is to be reached"]);
    expect(conflicts({ endpoints: [{ address: ["172.245.0.2", "172.245.0.3"] }] })).toEqual(["endpoints[0].address: more than one address of one family"]);
  });
});
