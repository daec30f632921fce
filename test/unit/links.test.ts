import { describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { rows } from "../../provider/iproute2.js";
import { plan } from "../../provider/plan.js";
import { kinds, type KindName } from "../../provider/registry.js";
import { unknownValue } from "../../provider/unknown.js";

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

describe("a link on another one", () => {
  test("has that one's MAC address where it shares it", () => {
    expect(checked("Vlan", { name: "v", link: "e0", vlan: 5 }).value).not.toHaveProperty("mac");
    expect(checked("Macvlan", { name: "m", link: "e0", mode: "passthru" }).value).not.toHaveProperty("mac");
    expect(checked("Macvlan", { name: "m", link: "e0" }).value).toHaveProperty("mac");
    expect(problems("Macvlan", { name: "m", link: "e0", mode: "passthru", mac: "02:00:00:00:00:01" })).toEqual(["mac: with `mode: passthru` it is that of `link`: change it there"]);
  });

  test("is replaced together with it, and when it is to be on another", () => {
    const old = checked("Vlan", { name: "v", link: "e0", vlan: 5 }).value;
    const step = (given: object) => plan(kinds.Vlan, old, checked("Vlan", { name: "v", link: "e0", vlan: 5, ...given }).value);
    expect(step({ link: unknownValue })).toMatchObject({ replaces: ["link"], deleteBeforeReplace: true });
    expect(step({ link: "e1" })).toMatchObject({ replaces: ["link"] });
    expect(step({ linkNetns: "ns1" })).toMatchObject({ replaces: ["linkNetns"] });
    expect(step({ mtu: 1400 })).toMatchObject({ changed: ["mtu"], replaces: [] });
  });

  test("that can no longer be said otherwise in place is replaced", () => {
    const old = checked("Vlan", { name: "v", link: "e0", vlan: 5, mtu: 1400, mac: "02:00:00:00:00:01", alias: "x", txqueuelen: 5 }).value;
    expect(plan(kinds.Vlan, old, checked("Vlan", { name: "v", link: "e0", vlan: 5 }).value).replaces.sort()).toEqual(["mac", "mtu"]);
  });

  test("cannot change its underlay where it is in another namespace", () => {
    const tunnel = (given: object) => checked("Ipip", { name: "t", local: "10.0.0.1", dev: "e0", ...given }).value;
    expect(plan(kinds.Ipip, tunnel({}), tunnel({ dev: "e1" })).replaces).toEqual([]);
    expect(plan(kinds.Ipip, tunnel({ netns: "ns1" }), tunnel({ netns: "ns1", dev: "e1" })).replaces).toEqual(["dev"]);
    expect(plan(kinds.Ipip, tunnel({ netns: "ns1", linkNetns: "ns1" }), tunnel({ netns: "ns1", linkNetns: "ns1", dev: "e1" })).replaces).toEqual([]);
  });
});
