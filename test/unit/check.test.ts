import { describe, expect, test } from "vitest";
import { z } from "zod";
import { check, checkShape } from "../../provider/check.js";
import type { Connection } from "../../provider/host/connection.js";
import type { Met } from "../../provider/host/facts.js";
import type { Kind } from "../../provider/kind.js";
import { kinds } from "../../provider/registry.js";
import { hasUnknown, unknownValue } from "../../provider/unknown.js";

const host = { ssh: "host1" };
const owner = "net/dev/it";
const veth = { name: "va", netns: "ns245", peer: { name: "vb" }, host, owner };

/** Each problem as `property: reason`. */
function problems(kind: keyof typeof kinds, given: Record<string, unknown>, facts?: (host: Connection) => Met | undefined): string[] {
  return check(kinds[kind], { host, owner, ...given }, facts).problems.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("what is wrong with a program", () => {
  test("every problem is told at once, each with the path of its property", () => {
    const { problems: found } = check(kinds.VethPair, { name: "a-name-that-is-too-long", mtu: 20, mac: "zz", netns: "a/b", peer: { name: "x y", mac: "01:00:5e:00:00:01" }, host: { ssh: "-oProxyCommand=x" }, owner });
    expect(found.map((p) => p.property).sort()).toEqual(["host.ssh", "mac", "mtu", "name", "netns", "peer.mac", "peer.name"]);
    expect(found.every((p) => p.reason.length > 10)).toBe(true);
  });

  test("the problems that lie between properties are told all at once too", () => {
    expect(problems("Route", { dst: "172.246.0.0/24", via: "fd00::1", src: "fd00::2", onlink: true })).toEqual([
      "via: fd00::1 is not IPv4, as dst 172.246.0.0/24 is",
      "src: fd00::2 is not IPv4, as dst 172.246.0.0/24 is",
      "onlink: needs both `via` and `dev`",
    ]);
  });

  test.each<[keyof typeof kinds, Record<string, unknown>, string]>([
    ["Address", { dev: "e0", address: "10.0.0.1/24", nodad: true }, "nodad: 10.0.0.1/24 is IPv4, which has no duplicate address detection to leave out"],
    ["Address", { dev: "e0", address: "fd00::1/64", broadcast: "10.0.0.255" }, "broadcast: IPv6 has no broadcast addresses"],
    ["Address", { dev: "e0", address: "fe80::1/64", scope: "global" }, "scope: the scope of fe80::1/64 is in the address: leave it out"],
    ["Bridge", { name: "br0", stp: true, forwardDelay: 1 }, "forwardDelay: 1 s is too short with stp: 2 to 30 (IEEE 802.1D)"],
    ["FdbEntry", { mac: "02:00:00:00:00:01", dev: "e0", dst: "10.0.0.1", where: "master" }, "dst: belongs to a vxlan's own table; with where: master it has no meaning"],
    ["Route", { dst: "10.0.0.0/8" }, "via: a unicast route needs `via`, `dev` or both"],
    ["Route", { dst: "10.0.0.0/8", type: "blackhole", dev: "e0" }, "dev: a blackhole route has no next hop"],
    ["Route", { dst: "fd00::/8", type: "prohibit", via: "fe80::1" }, "via: a prohibit route has no next hop"],
    ["VethPair", { name: "va", peer: { name: "va" } }, "peer.name: both ends are named va in one namespace"],
    ["Vxlan", { name: "vx", vni: 1, local: "10.0.0.1", remote: "fd00::1" }, "remote: fd00::1 and local 10.0.0.1 are not of one family"],
  ])("a %s with %j is told", (kind, given, problem) => expect(problems(kind, given)).toEqual([problem]));

  test("two ends of one name in two namespaces are no problem", () => expect(problems("VethPair", { name: "eth0", netns: "a", peer: { name: "eth0", netns: "b" } })).toEqual([]));

  test("a property that is missing is told as missing, whatever its type", () => {
    expect(problems("Route", { dev: "e0" })).toEqual(["dst: is missing"]);
    expect(problems("Sysctl", {})).toEqual(["key: is missing", "value: is missing"]);
    expect(problems("VethPair", { name: "va" })).toEqual(["peer: is missing"]);
    expect(check(kinds.Bridge, { owner }).problems.map((p) => p.property)).toEqual(["name", "host"]);
  });

  test("what linuxnet starts itself cannot be adopted", () => {
    expect(problems("Service", { name: "web", command: ["true"], adopt: true })).toEqual(["adopt: a service is what linuxnet starts itself: there is nothing to take over"]);
    expect(problems("Service", { name: "web", command: ["true"], adopt: false })).toEqual([]);
  });

  test("a misspelt property is told, with those that there are", () => {
    expect(problems("NetworkNamespace", { name: "ns245", nmae: "x" })).toEqual(["nmae: there is no such property; there are name, host, adopt, guard, confirmTimeout, probes"]);
    expect(problems("NetworkNamespace", { nmae: "x" })).toEqual(["name: is missing", "nmae: there is no such property; there are name, host, adopt, guard, confirmTimeout, probes"]);
  });

  test("a misspelt property inside another is told with its path, and not with the names of the outer one", () => {
    expect(problems("VethPair", { name: "va", peer: { name: "vb", netn: "x" } })).toEqual(["peer.netn: there is no such property"]);
    expect(problems("NetworkNamespace", { name: "ns245", host: { ssh: "host1", pasword: "x" } })).toEqual(["host.pasword: there is no such property"]);
  });

  test("a list of the wrong length is told as the schema tells it", () => expect(checkShape({ ends: z.array(z.any()).length(2, "are two") }, { ends: [{}] }).problems).toEqual([{ property: "ends", reason: "are two" }]));

  test("a number out of range is told with the number and the range", () => expect(problems("Vxlan", { name: "vx", vni: 16_777_216 })[0]).toMatch(/^vni: 16777216 is out of range: .*16777215/));

  test("a wrong type and a wrong word are told", () => {
    expect(problems("Bridge", { name: 7 })[0]).toMatch(/^name: .*expected string/);
    expect(problems("Route", { dst: "10.0.0.0/8", dev: "e0", type: "nat" })[0]).toMatch(/^type: .*"blackhole"/);
    expect(problems("Route", { dst: "10.0.0.0/8", dev: "e0", protocol: "a b" })).toEqual(["protocol: is a word or number of rtprotos"]);
    expect(problems("Sysctl", { key: "net.ipv4.ip_forward", value: ["1"] })[0]).toMatch(/^value: /);
  });

  test("an alias is measured in bytes, as the kernel does", () => {
    expect(problems("LinkState", { dev: "e0", alias: "x".repeat(255) })).toEqual([]);
    expect(problems("LinkState", { dev: "e0", alias: "ü".repeat(128) })[0]).toMatch(/^alias: .*256 bytes/);
  });

  test.each(["net.ipv4.ip_forward", "net/ipv4/conf/eth0.100/forwarding", "net.ipv4.conf.eth0/100.forwarding", "vm.swappiness"])("%s is a sysctl", (key) => expect(problems("Sysctl", { key, value: 1 })).toEqual([]));
  test.each(["ip_forward", "net..ipv4", "../../etc/passwd", "net.ipv4.", ".net", "net.ipv4.x y", "-w.x", "net.ipv4.a=b"])("%s is no sysctl", (key) => expect(problems("Sysctl", { key, value: 1 })[0]).toMatch(/^key: .*is not a sysctl such as/));

  test("what Pulumi sends for nothing is nothing", () => expect(problems("Bridge", { name: "br0", mtu: null, netns: undefined })).toEqual([]));
});

describe("what a preview does not know yet", () => {
  test("passes, at any depth", () => {
    for (const given of [{ name: unknownValue }, { peer: unknownValue }, { peer: { name: "vb", netns: unknownValue } }, { host: unknownValue }, { host: { ssh: unknownValue } }, { mtu: unknownValue, host: unknownValue }]) {
      const { value, problems: found } = check(kinds.VethPair, { ...veth, ...given });
      expect(found).toEqual([]);
      expect(value).toMatchObject(given);
    }
  });

  test("does not hide what is wrong elsewhere", () => {
    expect(problems("VethPair", { name: unknownValue, mtu: 20, peer: { name: "x y" }, oops: 1 }).map((p) => p.split(":")[0])).toEqual(["mtu", "peer.name", "oops"]);
    expect(problems("VethPair", { name: "va", peer: { name: "va" }, host: unknownValue })).toEqual(["peer.name: both ends are named va in one namespace"]);
  });

  test("makes unknown what follows from it", () => {
    expect(check(kinds.VethPair, { ...veth, netns: unknownValue }).value.mac).toBe(unknownValue);
    expect(check(kinds.Bridge, { name: "br0", host: unknownValue, owner }).value.mac).toBe(unknownValue);
    expect(check(kinds.Address, { dev: "e0", address: unknownValue, host, owner }).value.scope).toBe(unknownValue);
  });

  test("makes unknown whether a default route is IPv4 or IPv6, where only its gateway would say", () => {
    expect(check(kinds.Route, { dst: "default", via: unknownValue, host, owner }).value.dst).toBe(unknownValue);
    expect(check(kinds.Route, { dst: "default", via: "10.0.0.1", dev: unknownValue, host, owner }).value.dst).toBe("0.0.0.0/0");
    expect(check(kinds.Route, { dst: "172.246.0.0/24", via: unknownValue, host, owner }).value.dst).toBe("172.246.0.0/24");
  });

  test("leaves alone what the program says itself", () => {
    const { value } = check(kinds.VethPair, { ...veth, netns: unknownValue, mac: "02:00:00:00:00:01", mtu: 1400 });
    expect(value).toMatchObject({ mac: "02:00:00:00:00:01", mtu: 1400, up: true, name: "va" });
  });

  test("is found in objects and lists, and nowhere else", () => {
    expect([unknownValue, [unknownValue], { a: [{ b: unknownValue }] }].map(hasUnknown)).toEqual([true, true, true]);
    expect([undefined, null, 0, "", {}, [], { a: null }, `${unknownValue}x`].some(hasUnknown)).toBe(false);
  });
});

describe("what a program leaves out", () => {
  const macs = (change: Record<string, unknown>) => {
    const { mac, peer } = check(kinds.VethPair, { ...veth, ...change }).value as { mac: string; peer: { mac: string } };
    return [mac, peer.mac];
  };

  test("gets MAC addresses that stay the same in every run and when the resource is renamed", () => {
    expect(macs({})).toEqual(macs({}));
    expect(macs({ owner: "net/dev/renamed" })).toEqual(macs({}));
    expect(macs({ mtu: 9000, up: false })).toEqual(macs({}));
  });

  test("gets other MAC addresses in another stack, on another host, in another namespace, and for each end", () => {
    const all = [{}, { owner: "net/prod/it" }, { owner: "other/dev/it" }, { host: { ssh: "host2" } }, { host: { ssh: "host1", port: 2222 } }, { netns: "ns246" }, { name: "vc" }].map((change) => macs(change)[0]);
    expect(new Set([...all, macs({})[1]]).size).toBe(all.length + 1);
  });

  test("is filled in only where it is left out", () => {
    expect(check(kinds.VethPair, { ...veth, mac: "02:AA:00:00:00:01", peer: { name: "vb", up: false } }).value).toMatchObject({ mac: "02:aa:00:00:00:01", up: true, mtu: 1500, peer: { name: "vb", up: false, mac: macs({})[1] } });
  });

  test("is left as it was found where the object is taken over", () => {
    expect(macs({ adopt: true })).toEqual([undefined, undefined]);
  });

  test("does not depend on how one gets into the host", () => expect(macs({ host: { ssh: "host1", user: "me", sudo: true } })).toEqual(macs({})));
});

describe("what follows from the host", () => {
  const named: Kind = { ...kinds.NetworkNamespace, complete: (want, _seed, facts) => ({ ...want, name: `${want.name}-on-${facts?.kernel ?? "nobody knows what"}` }) };
  const name = (on: unknown) => check(named, { name: "n", host: on, owner }, (asked) => (asked.ssh === "host1" ? ({ kernel: "6.1.0" } as Met) : undefined)).value.name;

  test("is filled in by the facts of the host that has been met", () => expect(name(host)).toBe("n-on-6.1.0"));
  test.each([[{ ssh: "host2" }], [unknownValue]])("is not filled in where the host is %j, which has not", (on) => expect(name(on)).toBe("n-on-nobody knows what"));
});

describe("what the host cannot do", () => {
  const met = (linkKinds: string[]) => (asked: Connection) => (asked.ssh === "host1" ? ({ kernel: "6.1.0-cloud", linkKinds, tools: [] as string[] } as Met) : undefined);

  test("is told on the host, with its kernel and the module", () => {
    expect(problems("Vxlan", { name: "vx", vni: 1 }, met(["bridge", "veth"]))).toEqual([
      "host: the kernel 6.1.0-cloud of host1 has no vxlan links: load or install the module (on Debian cloud images: the full linux-image package)",
    ]);
  });

  test("is told with the package that a command is missing from", () => {
    expect(problems("LinkFeature", { dev: "vx", feature: "tx-checksum-ip-generic", on: false }, met([]))).toEqual(["host: host1 has no ethtool, by which a LinkFeature is made: install the package ethtool"]);
  });

  test("is told with the release of iproute2 that it takes", () => {
    const found = (iproute2: string) => problems("ContainerNamespace", { name: "web", pid: 7 }, () => ({ ...met([])({ ssh: "host1" } as Connection)!, tools: ["nsenter"], iproute2 }));
    expect(found("5.0.0")).toEqual(["host: host1 has iproute2 5.0.0, and a ContainerNamespace needs 5.1: install a newer one"]);
    expect(found("5.10.0")).toEqual([]);
  });

  test("is told together with what is wrong between properties, and beside unknowns", () => {
    expect(problems("Vxlan", { name: "vx", vni: 1, local: "10.0.0.1", remote: "fd00::1" }, met([])).map((p) => p.split(":")[0])).toEqual(["host", "remote"]);
    expect(problems("Vxlan", { name: unknownValue, vni: 1 }, met([])).map((p) => p.split(":")[0])).toEqual(["host"]);
  });

  test("is not guessed where the host has the kind, has not been met, is unknown, or is not asked for links", () => {
    expect(problems("Vxlan", { name: "vx", vni: 1 }, met(["vxlan"]))).toEqual([]);
    expect(problems("Vxlan", { name: "vx", vni: 1, host: { ssh: "host2" } }, met([]))).toEqual([]);
    expect(problems("Vxlan", { name: "vx", vni: 1, host: unknownValue }, met([]))).toEqual([]);
    expect(problems("NetworkNamespace", { name: "ns245" }, met([]))).toEqual([]);
  });
});

test("a shape alone is checked in the same way", () => {
  expect(checkShape(kinds.NetworkNamespace.shape, { name: "a/b", x: 1 }).problems.map((p) => p.property)).toEqual(["name", "x"]);
  expect(checkShape(kinds.NetworkNamespace.shape, { name: "a" })).toEqual({ value: { name: "a" }, problems: [] });
});

describe("an uplink that a program on the host manages", () => {
  const met = (uplinkManager?: string) => () => ({ uplink: "eth0", uplinkManager, linkKinds: ["bridge"] }) as unknown as Met;
  const bridge = (manager?: string, uplink = "eth0") => problems("UplinkBridge", { name: "br0", uplink }, met(manager));

  test("cannot be moved, and what to do is told by the program", () => {
    expect(bridge("systemd-networkd")).toEqual([expect.stringMatching(/^uplink: systemd-networkd manages eth0, and would take back what it did not do: write `\[Link\] Unmanaged=yes`/)]);
    expect(bridge("NetworkManager")).toEqual([expect.stringContaining("run `nmcli device set eth0 managed no`")]);
    expect(bridge("dhclient")).toEqual([expect.stringContaining("stop it, and give the host a fixed address")]);
  });

  test("can be moved where nothing manages it, and another link in any case", () => {
    expect(bridge()).toEqual([]);
    expect(bridge("dhclient", "eth1")).toEqual([]);
    expect(bridge(undefined, "br0")).toEqual(["name: br0 is the uplink itself"]);
  });

  test("is never adopted", () => {
    expect(problems("UplinkBridge", { name: "br0", uplink: "eth0", adopt: true })).toEqual(["adopt: a bridge is made of the uplink by moving it: there is nothing to take over"]);
  });
});
