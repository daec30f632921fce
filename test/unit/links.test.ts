import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { rows } from "../../provider/iproute2.js";
import { kinds, type KindName } from "../../provider/registry.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";
const checked = (kind: KindName, given: object) => check(kinds[kind], { ...given, host, owner });
const problems = (kind: KindName, given: object) => checked(kind, given).problems.map((p) => `${p.property}: ${p.reason}`);

describe("an alias", () => {
  test("is any text, as long as the kernel can keep it", () => {
    expect(problems("Bridge", { name: "br0", alias: "-x 'y' \"$(z)\"\n\x01 💥" })).toEqual([]);
    expect(problems("Bridge", { name: "br0", alias: "a\0b" })).toEqual(["alias: holds a NUL character, which ends a text in the kernel"]);
    expect(problems("VethPair", { name: "va", peer: { name: "vb", alias: "\ud83d" } })).toEqual(["peer.alias: holds half a surrogate pair, which is no character"]);
    expect(problems("VethPair", { name: "va", peer: { name: "vb", alias: "x".repeat(256) } })).toEqual(["peer.alias: has 256 bytes; the kernel keeps 255"]);
  });

  test("that another program gave a link does not hide what iproute2 prints", () => expect(rows('[{"ifname":"e0","ifalias":"\x01\x1b[31m"},\n{}]')).toEqual([{ ifname: "e0", ifalias: "\x01\x1b[31m" }]));
});

describe("a tunnel", () => {
  test("has ends of its family, and one at least", () => {
    expect(problems("Ipip", { name: "t", local: "fd00::1", remote: "10.0.0.256" })).toEqual(['local: "fd00::1" is not an IPv4 address, or "any"', 'remote: "10.0.0.256" is not an IPv4 address, or "any"']);
    expect(problems("Ipip", { name: "t" })).toEqual(["local: a tunnel without `local`, `remote` or `dev` is the kernel's own tunl0: name one of its ends"]);
    expect(problems("Ipip", { name: "t", remote: "10.0.0.2" })).toEqual([]);
  });

  test("is not the kernel's own device", () => expect(problems("Ipip", { name: "tunl0", local: "10.0.0.1" })[0]).toMatch(/^name: tunl0 is the kernel's own device/));

  test("has no time to live where routers may break up its packets", () => expect(problems("Ipip", { name: "t", local: "10.0.0.1", ttl: 64, pmtudisc: false })[0]).toMatch(/^ttl: cannot be set with/));

  test("takes a place that no other can have, wherever it lives", () => {
    const objects = (given: object) => kinds.Ipip.objects(checked("Ipip", given).value as never);
    expect(objects({ name: "t1", local: "10.0.0.1" })[1]).toBe(objects({ name: "t2", netns: "ns1", local: "10.0.0.1", remote: "any" })[1]);
    expect(objects({ name: "t1", local: "10.0.0.1" })[1]).not.toBe(objects({ name: "t1", linkNetns: "ns1", local: "10.0.0.1" })[1]);
    expect(objects({ name: "t1", local: "10.0.0.1" })[1]).not.toBe(objects({ name: "t1", local: "10.0.0.1", dev: "eth0" })[1]);
  });
});
