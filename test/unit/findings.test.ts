import { describe, expect, test } from "vitest";
import { report } from "../../cli/report.js";
import { abilities, managersFound } from "../../provider/host/abilities.js";
import { examine } from "../../provider/host/examine.js";
import { meet } from "../../provider/host/facts.js";
import { clock, obstacles, sshServer } from "../../provider/host/obstacles.js";
import { kinds, tools } from "../../provider/registry.js";
import { answering, recorded } from "./recorded-host.js";

const levels = (findings: { subject: string; level: string }[]) => Object.fromEntries(findings.map(({ subject, level }) => [subject, level]));
const kernelKinds = Object.values(kinds).flatMap(({ linkKind }) => linkKind ?? []);
const everything = { ...recorded, kinds: kernelKinds.join(" "), tools: tools.join(" ") };

describe("what a host can do", () => {
  const able = async (answers: object) => abilities(await meet(answering({ ...everything, ...answers })));

  test("is fine where it has all that the kinds need", async () => {
    expect(await able({})).toEqual(expect.arrayContaining([{ subject: "kernel", level: "ok", found: "6.1.176" }, { subject: "firewall", level: "ok", found: "iptables-legacy (iptables is nf_tables)" }, { subject: "uplink", level: "ok", found: "eth0, 192.168.32.246/24 fd00:32::246/64, MTU 1500" }]));
    expect(new Set(Object.values(levels(await able({}))))).toEqual(new Set(["ok"]));
  });

  test("is told by the kinds that there cannot be", async () => {
    const found = await able({ kinds: "bridge veth ipip", tools: "", firewalls: "", iproute2: "ip utility, iproute2-ss190319" });
    expect(found.filter(({ level }) => level === "warning").map((f) => f.found)).toEqual([
      expect.stringMatching(/^the kernel has no vxlan.*, so there can be no Vxlan/),
      "too old for ContainerNamespace (5.1)",
      expect.stringMatching(/^there is no .*ethtool.*, so there can be no .*LinkFeature/),
      "there is no iptables or nft that the kernel takes, so there can be no firewall rules",
    ]);
  });

  test("says who else has a hand in it", async () => {
    const managers = async (said: string) => managersFound(await meet(answering({ ...recorded, managers: said })));
    expect(await managers("")).toEqual([{ subject: "managers", level: "ok", found: "none" }]);
    expect(await managers("runs dhclient")).toEqual([{ subject: "managers", level: "ok", found: "dhclient" }]);
    expect(await managers("runs systemd-network\nruns dhclient")).toEqual([{ subject: "managers", level: "warning", found: expect.stringContaining("systemd-networkd takes away"), remedy: expect.stringContaining("UnmanagedLinks") }]);
  });
});

describe("a user who may run some commands as root", () => {
  const session = (answers: object) => Object.assign(answering({ ...everything, uid: "1000", ...answers }), { sudo: true });

  test("is enough where the host asks for no more", async () => {
    expect((await examine(session({})))[0]).toEqual({ subject: "login", level: "ok", found: "is user id 1000, with sudo for commands" });
    expect(await meet(session({}))).toMatchObject({ uplink: "eth0", path: { links: ["eth0"], hops: expect.arrayContaining(["192.168.32.1"]) } });
  });

  test("is told what is missing where sudo would refuse", async () => {
    const refused = session({ sudo: "sudo: a password is required" });
    expect((await examine(refused))[0]).toMatchObject({ level: "fault", found: "user id 1000 may not run linuxnet's commands by sudo (sudo: a password is required)", remedy: expect.stringContaining("linuxnet doctor --sudoers USER") });
    await expect(meet(refused)).rejects.toThrow("may not run linuxnet's commands by sudo");
  });

  test("does not see what drops packets, and is not told that nothing does", () => {
    expect(obstacles("eth0", { forward: "unseen\n", reverse: "", bridged: "" })[0]).toEqual({ subject: "forwarding", level: "ok", found: "only root sees what drops packets" });
  });
});

describe("what may keep packets away", () => {
  const none = { forward: "", reverse: "all 0\ndefault 2\neth0 2\nlo 0", bridged: "" };
  const found = (said: Partial<typeof none>) => obstacles("eth0", { ...none, ...said });
  // As nftables 1.0.6 prints it, on a host with Docker and a firewall of its own.
  const chains = `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
table inet guard {
	chain input {
		type filter hook input priority filter; policy drop;
	}
	chain fwd {
		type filter hook forward priority filter + 10; policy drop;
	}
}`;

  test("is nothing on a plain host", () => expect(levels(found({}))).toEqual({ forwarding: "ok", rp_filter: "ok" }));

  test("are chains that drop what they do not accept, each told once", () => {
    const of = (forward: string) => found({ forward }).find(({ subject }) => subject === "forwarding")!;
    expect(of(`-P FORWARD DROP\n${chains}`).found).toBe("what no rule accepts is dropped, by FORWARD of iptables, fwd of nft's table inet guard");
    expect(of(chains).found).toBe("what no rule accepts is dropped, by FORWARD of nft's table ip filter, fwd of nft's table inet guard");
    expect(of("-P FORWARD ACCEPT").level).toBe("ok");
    expect(of(chains.replaceAll("policy drop", "policy accept")).level).toBe("ok");
  });

  test("is the stricter rp_filter of all links and the uplink", () => {
    const of = (reverse: string) => found({ reverse }).find(({ subject }) => subject === "rp_filter")!;
    expect(of("all 1\neth0 0").level).toBe("warning");
    expect(of("all 0\neth0 1").level).toBe("warning");
    expect(of("all 1\neth0 2").found).toBe("loose");
    expect(of("all 0\neth0 0\neth1 1").found).toBe("off");
  });

  test("is a bridge whose packets a dropping firewall sees", () => {
    expect(levels(found({ bridged: "1" })).bridges).toBe("ok");
    expect(levels(found({ bridged: "1", forward: "-P FORWARD DROP" })).bridges).toBe("warning");
    expect(levels(found({ bridged: "0", forward: "-P FORWARD DROP" }))).not.toHaveProperty("bridges");
  });

  test("is an SSH server that takes few logins at a time", () => {
    expect(sshServer("maxstartups 10:30:100\nmaxsessions 10")).toEqual({ subject: "sshd", level: "ok", found: "MaxStartups 10:30:100, MaxSessions 10" });
    expect(sshServer("maxsessions 10\nmaxstartups 1:30:100").level).toBe("warning");
    expect(sshServer("").found).toBe("its settings cannot be read");
  });
});

describe("the clock", () => {
  test.each([
    [1000, "right"],
    [1065, "right"],
    [940, "right"],
    [1071, "is 61 s ahead of this machine's"],
    [900, "is 100 s behind this machine's"],
    [NaN, "cannot be read"],
  ])("that shows %d between 1000 and 1010 is: %s", (host, found) => expect(clock(host, 1000, 1010).found).toBe(found));
});

describe("an examination", () => {
  test("stops at what must be right for the rest to be read", async () => {
    expect(levels(await examine(answering({ ...recorded, uid: "1000" })))).toEqual({ login: "fault", iproute2: "ok", "/run": "ok" });
  });

  test("says why the host cannot be met where its basics are right", async () => {
    expect(await examine(answering({ ...recorded, routes: "[]", routes6: "[]", connection: "" }))).toContainEqual({ subject: "host", level: "fault", found: expect.stringContaining("no uplink found") });
  });
});

test("a report is a table a host, each with what comes of it", () => {
  const text = report([
    { host: "a", findings: [{ subject: "login", level: "ok", found: "is root" }, { subject: "rp_filter", level: "warning", found: "strict", remedy: "Set 2" }] },
    { host: "b", findings: [{ subject: "login", level: "fault", found: "no", remedy: "Do" }] },
  ]);
  expect(text).toBe(`a: linuxnet can work here; a warning
  ok       login      is root
  warning  rp_filter  strict
                      → Set 2

b: linuxnet cannot work here
  FAULT    login      no
                      → Do
`);
});
