import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { anyMac, canonicalIp, cidr, family, ifname, ip, mac, mtu, netnsName, network, prefix, stableMac } from "../../provider/fields.js";

/** What is wrong with a value, or nothing. */
function problem(field: z.ZodType, value: unknown): string | undefined {
  return field.safeParse(value).error?.issues.map((issue) => issue.message).join("; ");
}

describe("the name of a link", () => {
  test.each(["lo", "eth0", "abcdefghijklmno", "eth0.100", "br-1", "ü", "a@b", "x_y", "0", "a-"])("%j is one", (name) => expect(ifname.parse(name)).toBe(name));

  test.each([
    ["", /0 bytes/],
    ["abcdefghijklmnop", /has 16 bytes; a link's name has 1 to 15/],
    ["üüüüüüüü", /has 16 bytes/],
    ["a/b", /is not a link's name/],
    ["a%db", /is not a link's name/],
    ["a:b", /is not a link's name/],
    ["a b", /is not a link's name/],
    ["a\tb", /is not a link's name/],
    ["a\nb", /is not a link's name/],
    ["a\0b", /is not a link's name/],
    ["-a", /leading "-"/],
    [".", /is not a link's name/],
    ["..", /is not a link's name/],
  ])("%j is none", (name, why) => expect(problem(ifname, name)).toMatch(why));
});

describe("the name of a namespace", () => {
  test.each(["ns245", "x".repeat(255), "a:b", "a%b", "..."])("%j is one", (name) => expect(netnsName.parse(name)).toBe(name));

  test.each([
    ["", /0 bytes/],
    ["x".repeat(256), /256 bytes/],
    ["a/b", /is not a namespace's name/],
    ["x y", /is not a namespace's name/],
    ["..", /is not a namespace's name/],
    ["-a", /leading "-"/],
    ["a\0", /is not a namespace's name/],
  ])("%j is none", (name, why) => expect(problem(netnsName, name)).toMatch(why));
});

describe("a MAC address", () => {
  test("is written in small letters", () => {
    expect(mac.parse("02:AA:bb:00:00:0F")).toBe("02:aa:bb:00:00:0f");
    expect(anyMac.parse("01:00:5E:00:00:01")).toBe("01:00:5e:00:00:01");
  });

  test.each([
    ["02:aa:bb:00:00", /not a MAC address/],
    ["02-aa-bb-00-00-01", /not a MAC address/],
    ["2:0:0:0:0:1", /not a MAC address/],
    ["zz:00:00:00:00:00", /not a MAC address/],
    ["", /not a MAC address/],
    ["01:00:5e:00:00:01", /group address/],
    ["ff:ff:ff:ff:ff:ff", /group address/],
    ["00:00:00:00:00:00", /all zero/],
  ])("%j is none that an interface can have", (value, why) => expect(problem(mac, value)).toMatch(why));

  test.each(["01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])("%j is one that a forwarding database can have", (value) => expect(anyMac.parse(value)).toBe(value));
});

describe("an MTU", () => {
  test.each([68, 1280, 1500, 65535])("%d is one", (value) => expect(mtu.parse(value)).toBe(value));
  test.each([20, 67, 0, -1, 65536, 1450.5, NaN])("%d is none", (value) => expect(mtu.safeParse(value).success).toBe(false));
  test("20 is told with its bounds", () => expect(problem(mtu, 20)).toBe("20 is not an MTU: 68 to 65535 bytes"));
});

describe("an address", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["::", "::"],
    ["::1", "::1"],
    ["FD00:0:0::1", "fd00::1"],
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["0:0:1:0:0:1:1:1", "::1:0:0:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::ffff:102:304", "::ffff:1.2.3.4"],
    ["2001:0DB8::00AB", "2001:db8::ab"],
    ["::102:304", "::1.2.3.4"],
    ["::1:0", "::0.1.0.0"],
  ])("%s is written %s", (given, canonical) => expect(ip.parse(given)).toBe(canonical));

  test.each(["", "10.0.0", "10.0.0.256", "010.001.001.007", "10.0.0.1/24", "0x0a.0.0.1", "167772161", "10.0.0.1 ", "fd00::1::2", "fd00::1%eth0", "fd00::1/64", "::ffff:1.2.3.400", "host"])("%j is none", (value) =>
    expect(problem(ip, value)).toMatch(/is not an IPv4 or IPv6 address/),
  );

  test("any IPv6 address, however written, has one text", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, upper) => {
        const text = groups.map((g) => g.toString(16).padStart(4, "0")).join(":");
        // What the URL standard says of hosts is RFC 5952 but for the dotted form of addresses that hold an IPv4 address.
        const expected = (written: string) => new URL(`http://[${written}]/`).hostname.slice(1, -1);
        const canonical = canonicalIp(upper ? text.toUpperCase() : text)!;
        expect(canonical.includes(".") ? expected(canonical) : canonical).toBe(expected(text));
        expect(canonicalIp(canonical)).toBe(canonical);
        expect(family(canonical)).toBe(6);
      }),
    );
  });
});

describe("an address with a prefix length", () => {
  test.each([
    ["172.245.0.1/24", "172.245.0.1/24"],
    ["172.245.0.0", "172.245.0.0/32"],
    ["10.0.0.1/0", "10.0.0.1/0"],
    ["FD00::0:1/64", "fd00::1/64"],
    ["fd00::1", "fd00::1/128"],
  ])("%s is %s", (given, canonical) => expect(cidr.parse(given)).toBe(canonical));

  test.each(["172.245.0.1/33", "172.245.0.1/-1", "172.245.0.1/", "172.245.0.1/a", "172.245.0.1/24/24", "172.245.0/24", "300.1.1.1/24", "fd00::1/129", "fd00::1%lo/64", "/24", "default", "172.245.0.1/24 "])("%j is none", (value) =>
    expect(problem(cidr, value)).toMatch(/is not an address with a prefix length/),
  );
});

describe("a destination", () => {
  test.each([
    ["172.246.0.0/24", "172.246.0.0/24"],
    ["172.246.0.1", "172.246.0.1/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["::/0", "::/0"],
    ["FD00:246:0::/64", "fd00:246::/64"],
    ["::ffff:0:0/96", "::ffff:0.0.0.0/96"],
    ["default", "default"],
  ])("%s is %s", (given, canonical) => expect(prefix.parse(given)).toBe(canonical));

  test.each([
    ["172.246.0.1/24", "172.246.0.0/24"],
    ["10.9.1.7/8", "10.0.0.0/8"],
    ["fd00:246::1/64", "fd00:246::/64"],
    ["::ffff:1.2.3.4/96", "::ffff:0.0.0.0/96"],
  ])("%s has host bits, and the prefix is told", (given, right) => expect(problem(prefix, given)).toBe(`"${given}" has host bits set; the prefix is ${right}`));

  test.each(["", "defaults", "10.9.5.0/33", "nosuch"])("%j is none", (value) => expect(problem(prefix, value)).toMatch(/is not a prefix/));

  test("a network starts with its own first address", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, bits) => {
        const first = network(`${address}/${bits}`);
        expect(prefix.parse(`${first}/${bits}`)).toBe(`${first}/${bits}`);
        expect(network(`${first}/${bits}`)).toBe(first);
      }),
    );
  });
});

describe("a stable MAC address", () => {
  test("is locally administered, of one interface, and one that the kernel takes", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (seed) => {
        const address = stableMac(...seed);
        const first = parseInt(address.slice(0, 2), 16);
        expect(first & 0x02).toBe(0x02);
        expect(first & 0x01).toBe(0);
        expect(mac.parse(address)).toBe(address);
      }),
    );
  });

  test("is the same for the same seed, for ever", () => {
    expect(stableMac("net/dev host1", "ns245", "eth0")).toBe("8e:6b:0b:48:bd:ba");
    expect(stableMac("a", "b")).toBe(stableMac("a", "b"));
  });

  test("differs where anything of the seed differs, also where only the seams do", () => {
    const seeds = [["a", "b"], ["ab"], ["a", "", "b"], ["b", "a"], ["a", "b", ""]];
    expect(new Set(seeds.map((seed) => stableMac(...seed))).size).toBe(seeds.length);
  });
});
