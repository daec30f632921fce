import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { meet, readFacts, UnfitHost } from "../../provider/host/facts.js";
import { answering, onlyIpv6, recorded, twoUplinks } from "./recorded-host.js";

describe("what a host is", () => {
  test("is read from what it answers", async () => {
    expect(await meet(answering(recorded))).toEqual({
      kernel: "6.1.176",
      iproute2: "6.1.0",
      uplink: "eth0",
      mtu: 1500,
      mac: "02:00:c0:a8:20:f6",
      address: "192.168.32.246",
      prefix: 24,
      gateway: "192.168.32.1",
      address6: "fd00:32::246",
      prefix6: 64,
      gateway6: "fd00:32::1",
      linkKinds: ["bridge", "veth", "vxlan", "ipip"],
      iptables: "nf_tables",
      managers: [],
      contenders: [],
      tools: ["ethtool"],
      firewalls: ["iptables-legacy"],
      ground: { sysctls: { "net/ipv4/ip_forward": "0" }, inherited: { "net/ipv4/ip_forward": "0" }, foreign: {} },
      bootId: "7c6e8bcd-2f3c-4b2e-9d7b-3d5b0d1f5a11",
    });
  });

  test("can be found out only by root", async () => {
    await expect(meet(answering({ ...recorded, uid: "1000" }))).rejects.toThrow('host1: the login is user id 1000, not root. Log in as root (`user: "root"`), or set `sudo: true` on the Host');
  });

  test.each([
    ["without iproute2", { iproute2: undefined }, "host1: there is no iproute2 (sh: 1: ip: not found). Install the package iproute2"],
    ["with iproute2 from before its JSON", { iproute2: "ip utility, iproute2-ss180402" }, "host1: iproute2 ss180402 is too old: linuxnet needs 4.17 or later. Install a newer iproute2"],
    ["where /run is full", { space: recorded.space.replace("98292", "12") }, "host1: there is no room in /run for the register: 12 KiB left. Find out what fills it (`du -xk /run`) and remove that"],
    ["that does not answer a question", { links: undefined }, "host1: cannot find out what the host is (links): sh: 1: ip: not found (command: ip -j addr show). The host lacks this command: install it there"],
  ])("cannot be used %s", async (_what, answers, said) => {
    const meeting = meet(answering({ ...recorded, ...answers }));
    await expect(meeting).rejects.toThrow(said);
    await expect(meeting).rejects.toBeInstanceOf(UnfitHost);
  });

  test("tells all that keeps it from being used at once", async () => {
    await expect(meet(answering({ ...recorded, uid: "1000", space: recorded.space.replace("98292", "0") }))).rejects.toThrow(/^host1: the login is user id 1000, not root; there is no room in \/run for the register: 0 KiB left\. Log in as root .*\. Find out/);
  });

  test.each([["iptables v1.8.9 (nf_tables)", "nf_tables"], ["iptables v1.8.9 (legacy)", "legacy"], ["iptables v1.6.1", "legacy"], ["none", "none"]])("%s is the flavour %s", (iptables, flavour) =>
    expect(readFacts({ ...recorded, iptables }, "host1").iptables).toBe(flavour),
  );
});

describe("the uplink on a bridge", () => {
  const link = (ifname: string, more: object = {}) => ({ ifname, address: "02:00:00:00:00:01", mtu: 1400, addr_info: [], ...more });
  const bridged = {
    ...recorded,
    routes: '[{"dst":"default","gateway":"192.168.32.1","dev":"br0","flags":[]}]',
    routes6: "[]",
    links: JSON.stringify([link("veth1", { address: "02:00:00:00:00:99", master: "br0" }), link("eth0", { master: "br0" }), link("br0", { addr_info: [{ family: "inet", local: "192.168.32.246", prefixlen: 24, scope: "global" }] })]),
  };

  test("is the bridge to a program that only finds it so", () => {
    expect(readFacts(bridged, "h")).toMatchObject({ uplink: "br0", address: "192.168.32.246", gateway: "192.168.32.1", mtu: 1400 });
  });

  test("stays the port to the program that puts it there, and the rest stays as well", () => {
    const moved = readFacts(bridged, "h", undefined, false, "br0");
    expect(moved).toMatchObject({ uplink: "eth0", mac: "02:00:00:00:00:01", address: "192.168.32.246", gateway: "192.168.32.1", mtu: 1400 });
    expect(readFacts(bridged, "h", "eth0")).toEqual(moved);
    expect(readFacts(bridged, "h", undefined, false, "br9")).toMatchObject({ uplink: "br0" });
  });
});

describe("who manages the uplink", () => {
  const networkd = "runs systemd-network\n";
  test.each([
    ["systemd-networkd eth0", networkd, "systemd-networkd"],
    ["systemd-networkd eth1", networkd, undefined],
    ["systemd-networkd eth0", "", undefined],
    ["NetworkManager eth0", networkd, undefined],
    ["NetworkManager eth0", "runs NetworkManager\n", "NetworkManager"],
    ["dhclient eth1\ndhclient eth0", "", "dhclient"],
    ["dhcpcd *", "", "dhcpcd"],
    ["", networkd, undefined],
  ])("%j, %j: %s", (owners, managers, who) => expect(readFacts({ ...recorded, owners, managers }, "h").uplinkManager).toBe(who));
});

describe("the uplink", () => {
  test("is the link of the best default route", () => {
    expect(readFacts(twoUplinks, "h")).toMatchObject({ uplink: "e0", mtu: 1400, address: "10.1.1.2", prefix: 24, gateway: "10.1.1.1", address6: "fd00:1::2", prefix6: 64, gateway6: "fd00:1::1" });
    const other = twoUplinks.routes.replace('"metric":50', '"metric":500');
    expect(readFacts({ ...twoUplinks, routes: other }, "h")).toMatchObject({ uplink: "e1", gateway: "10.2.0.1" });
  });

  test("is the one that is named, with the gateway of its own default route", () => {
    const facts = readFacts(twoUplinks, "h", "e1");
    expect(facts).toMatchObject({ uplink: "e1", mtu: 1500, mac: "02:00:00:00:00:e1", address: "10.2.0.2", prefix: 16, gateway: "10.2.0.1" });
    expect(facts).toMatchObject({ address6: undefined, prefix6: undefined, gateway6: undefined });
  });

  test("is that of IPv6 where there is only IPv6", () => {
    const facts = readFacts(onlyIpv6, "h");
    expect(facts).toMatchObject({ uplink: "e0", address6: "fd00:1::2", prefix6: 64, gateway6: "fd00:1::1" });
    expect(facts).toMatchObject({ address: undefined, prefix: undefined, gateway: undefined });
  });

  test("is the link that SSH came in by where there is no default route", () => {
    const none = { ...recorded, routes: "[]", routes6: "" };
    expect(readFacts(none, "h")).toMatchObject({ uplink: "eth0", address: "192.168.32.246", gateway: undefined, gateway6: undefined });
    expect(readFacts({ ...onlyIpv6, routes6: "[]" }, "h")).toMatchObject({ uplink: "e0", gateway6: undefined });
  });

  test("is the link of the first next hop where the default route has several", () => {
    const routes = '[{"dst":"default","flags":[],"nexthops":[{"gateway":"10.1.1.1","dev":"e0","weight":1,"flags":[]},{"gateway":"10.2.0.1","dev":"e1","weight":1,"flags":[]}]}]';
    const several = { ...twoUplinks, routes, routes6: "[]", connection: "10.2.0.9 50000 10.2.0.2 22" };
    expect(readFacts(several, "h")).toMatchObject({ uplink: "e0", gateway: "10.1.1.1" });
    expect(readFacts(several, "h", "e1")).toMatchObject({ uplink: "e1", gateway: "10.2.0.1" });
  });

  test("that was found is found anew where its link has another name", () => {
    expect(readFacts(twoUplinks, "h", "eth7", true)).toMatchObject({ uplink: "e0" });
    expect(readFacts(twoUplinks, "h", "e1", true)).toMatchObject({ uplink: "e1" });
  });

  test("is an error that says why where none is found", () => {
    expect(() => readFacts({ ...recorded, routes: "[]", routes6: "[]", connection: "10.0.0.1 50000 10.0.0.2 22" }, "host1")).toThrow("host1: no uplink found: there is no default route, and no link has the address that SSH came in by");
    expect(() => readFacts({ ...recorded, routes: "[]", routes6: "[]", connection: "" }, "host1")).toThrow(/no uplink found/);
  });

  test("is an error that names the links where the named one is not there", () => {
    expect(() => readFacts(twoUplinks, "host1", "eth7")).toThrow("host1: there is no link eth7: there are lo, e0, e1");
  });
});

describe("the IPv6 address", () => {
  const is = (...addresses: Record<string, unknown>[]) => readFacts({ ...onlyIpv6, links: JSON.stringify([{ ifname: "e0", mtu: 1500, addr_info: addresses.map((a) => ({ family: "inet6", prefixlen: 64, scope: "global", ...a })) }]) }, "h").address6;

  test("is the oldest, which the kernel lists last", () => {
    expect(is({ local: "fd00::2" }, { local: "fd00::1" }, { local: "fe80::1", scope: "link" })).toBe("fd00::1");
  });

  test("is one that stays, if there is one", () => {
    for (const flag of ["temporary", "deprecated", "tentative", "dadfailed", "mngtmpaddr"]) expect(is({ local: "fd00::2" }, { local: "fd00::1", [flag]: true })).toBe("fd00::2");
    expect(is({ local: "fd00::3", temporary: true, dynamic: true }, { local: "fd00::2", mngtmpaddr: true, dynamic: true })).toBe("fd00::2");
    expect(is({ local: "fd00::1", tentative: true })).toBe("fd00::1");
  });
});

/** What the host's shell answers to the question that holds a text, with stand-ins for commands. */
async function answered(question: string, tools: Record<string, string>, path = "", edit = (script: string) => script): Promise<string[]> {
  const seen: string[] = [];
  const session = answering(recorded);
  await meet({ ...session, run: async (commands) => (seen.push(...commands.filter((c) => c.join(" ").includes(question)).map((c) => c[1]!)), session.run(commands)) });
  const folder = mkdtempSync(join(tmpdir(), "tools-"));
  try {
    for (const [name, does] of Object.entries(tools)) writeFileSync(join(folder, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
    return execFileSync("/bin/sh", ["-c", edit(seen[0]!)], { env: { PATH: `${folder}${path}` }, encoding: "utf8" }).split("\n").filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("what netfilter can be told by", () => {
  const nft = "echo 'iptables v1.8.9 (nf_tables)'";
  const legacy = "echo 'iptables v1.8.9 (legacy)'";
  const both = { "iptables-nft": nft, "iptables-legacy": legacy, nft: "exit 0" };
  /** A trial that the kernel takes where the command is one of these. */
  const takes = (...commands: string[]) => ({ unshare: `shift\n[ "$1" != sh ] || set -- nft\ncase " ${commands.join(" ")} " in *" $1 "*) exit 0 ;; esac\necho "TABLE_ADD failed (Operation not supported)" >&2\nexit 4` });

  test.each<[string, Record<string, string>, string[]]>([
    ["the flavour of iptables first", { iptables: legacy, ...both, ...takes("iptables-nft", "iptables-legacy", "nft") }, ["iptables-legacy", "iptables-nft", "nft"]],
    ["the other flavour of iptables first", { iptables: nft, ...both, ...takes("iptables-nft", "iptables-legacy", "nft") }, ["iptables-nft", "iptables-legacy", "nft"]],
    ["only what the kernel takes", { iptables: nft, ...both, ...takes("iptables-legacy") }, ["iptables-legacy"]],
    ["nothing where it takes nothing", { iptables: nft, ...both, ...takes() }, []],
    ["iptables by its one name where it has no other", { iptables: "echo 'iptables v1.4.21'", ...takes("iptables") }, ["iptables"]],
    ["nft where there is no iptables", { nft: "exit 0", ...takes("nft") }, ["nft"]],
    ["nothing where nothing is installed", takes("iptables", "nft"), []],
    ["what is installed where it cannot be tried", { iptables: nft, "iptables-nft": nft, nft: "exit 0" }, ["iptables-nft", "nft"]],
  ])("is %s", async (_what, tools, firewalls) => expect(await answered("-N linuxnet", tools)).toEqual(firewalls));
});

describe("a kind of link that no module offers", () => {
  const known = (unshare: string) => answered("rtnl-link-", { unshare }, ":/usr/bin:/bin", (script) => script.replace("/lib/modules/$k", "/nonexistent"));

  test.each([
    ["is made", "exit 0", true],
    ["lacks what else it asks for", "echo 'RTNETLINK answers: Invalid argument' >&2; exit 2", true],
    ["does not go on lo", "echo 'Error: 8021q: VLANs not supported on device.' >&2; exit 2", true],
    ["is unknown", "echo 'Error: Unknown device type.' >&2; exit 2", false],
    ["is unknown to an older kernel", "echo 'RTNETLINK answers: Operation not supported' >&2; exit 2", false],
    ["cannot be tried for want of rights", "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1", false],
    ["cannot be tried for want of unshare", "echo 'sh: 1: unshare: not found' >&2; exit 127", false],
  ])("that %s", async (_what, unshare, there) => expect((await known(unshare)).includes("dummy")).toBe(there));
});
