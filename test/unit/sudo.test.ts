import fc from "fast-check";
import { execa } from "execa";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import { typed } from "../../provider/errors.js";
import type { Met } from "../../provider/host/facts.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { claimFile } from "../../provider/register.js";
import { kinds } from "../../provider/registry.js";
import { source } from "../../provider/sudo/derive.js";
import { named } from "../../provider/sudo/named.js";
import { names, needsRoot, ofRegister, rightsOf } from "../../provider/sudo/rights.js";
import { sudoers } from "../../provider/sudo/sudoers.js";
import { fixtures, printed } from "./fixtures.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";

/** Every command of the recorded cases of a kind, and those that bring back what drifted. */
function recorded(name: string, kind: Kind): Argv[] {
  return fixtures(name).flatMap(([, fixture]) => {
    const want = check(kind, { ...fixture.want, host, owner }).value;
    const shown = fixture.shown.map(printed);
    const observed = kind.parse(shown, want as never);
    const drifts = (fixture.set ?? []).flatMap(({ from }) => kind.set(want as never, Object.keys(from), { ...observed, ...from } as never));
    return [...kind.show(want as never), ...(fixture.add ? kind.add(want as never, shown) : []), ...drifts, ...(fixture.del && observed ? kind.del(want as never, observed as never) : [])];
  });
}

test("provider/sudo/named.ts is what the kinds say (npm run rights)", () => {
  expect(readFileSync(resolve(__dirname, "../../provider/sudo/named.ts"), "utf8")).toBe(source(kinds));
}, 120_000);

test("kinds that need more than named commands have no rights at all", () => {
  const none = Object.keys(kinds).filter((name) => rightsOf(name).length === 0);
  expect(none.sort()).toEqual(["BootPersistence", "ContainerNamespace", "FirewallChain", "FirewallPolicy", "FirewallRule", "Reachability", "Service", "UnmanagedLinks", "UplinkBridge", "WireGuard"]);
});

/** What a sudoers file cannot name without giving root away, or not without naming more: what runs in a namespace, scripts, texts of several words, protocols of routes by number. */
const refused = (argv: Argv) => argv[0] === "sh" || argv.includes("exec") || argv.some((word, i) => argv[i - 1] === "alias" && !/^[\w.@-]*$/.test(word)) || (argv.includes("-N") && argv.includes("route"));
const all = Object.keys(named).map((name) => ({ name, rights: rightsOf(name), commands: recorded(name, (kinds as Record<string, Kind>)[name]!).filter(needsRoot) }));

describe.each(all)("$name", ({ rights, commands }) => {
  test("names every recorded command that needs root, but for those that it must not", () => {
    const [no, yes] = [true, false].map((is) => commands.filter((argv) => refused(argv) === is));
    expect(yes!.filter((argv) => !names(rights, argv)).map(typed)).toEqual([]);
    expect(no!.filter((argv) => names(rights, argv)).map(typed)).toEqual([]);
  });
});

describe("rights", () => {
  const every = [...ofRegister, ...Object.values(named).flat()];

  test.each([
    "ip netns exec ns245 sh", "ip -n ns245 netns exec ns245 sh", "ip vrf exec red sh", "ip -batch f", "ip -b f", "ip -force link show", "ip link set dev e0 xdp obj f sec s",
    "ip link set dev e0 up xdp obj f", "ip link add name x type bareudp", "ip -n ../x link set dev e0 up", "ip -n .. link set dev e0 up", "ip netns add ../x", "ip netns del ..", "ip netns del .", "ip netns add -x", "ip netns attach a 1",
    "ip netns add a b", "ip link set dev e0 netns /proc/1/ns/net", "ip route add 10.0.0.0/8 encap bpf in obj f", "ip route restore", "ip address add 10.0.0.1/8 dev e0", "ip help", "bridge -batch f",
    "dd of=/etc/passwd bs=64k status=none", "dd of=/proc/sys/kernel/core_pattern bs=64k status=none", "dd of=/proc/sys/net/../kernel/core_pattern bs=64k status=none", "dd of=/proc/sys/net/ipv4/./ip_forward bs=64k status=none",
    "dd if=/etc/shadow of=/run/linuxnet/x bs=64k status=none", "dd of=/run/linuxnet/../x bs=64k status=none", "dd of=/run/linuxnet/.lock bs=64k status=none", "dd of=/run/linuxnet/service:web bs=64k status=none", "dd of=/run/linuxnet/a/b bs=64k status=none",
    "rm -rf /run/linuxnet/a", "rm -f /run/linuxnet/a /etc/passwd", "rm -f /run/linuxnet/.guard-1", "rm -f /run/linuxnet/", "rmdir /run/linuxnet/a", "rmdir /run", "mkdir -p -m 755 /run/linuxnet/a", "mkdir -p -m 777 /run/linuxnet", "sh -c id", "tee /etc/passwd", "cat /etc/shadow",
  ])("do not hold: %s", (line) => expect(names(every, line.split(" "))).toBe(false));

  test("are for all of a command: nothing comes before it, after it, or in another line", () => {
    const some = all.flatMap(({ commands }) => commands).filter((argv) => !refused(argv) && names(every, argv));
    for (const extra of ["xdp obj f", "netns exec a sh", "; sh", "\nsh", "\n", "-batch f", "| sh"]) {
      for (const [tool, ...words] of some) {
        expect(names(every, [tool!, ...words, extra])).toBe(false);
        expect(names(every, [tool!, ...words, ...extra.split(" ")])).toBe(false);
        expect(names(every, [tool!, extra, ...words])).toBe(false);
      }
    }
  });

  test("let a hostile word take no other place than the word that it stands for", () => {
    const some = all.flatMap(({ rights, commands }) => commands.map((argv) => ({ rights, argv })));
    const evil = fc.oneof(
      fc.constantFrom("$(reboot)", "; reboot", "a\nreboot", "a\rb", "a b", " a", "a ", " ", "\t", "-batch", "-n", "--", "..", ".", "../../etc/passwd", "/etc/passwd", "'", '"', "\\", "*", "e0 xdp obj f", "e0 netns 1", "e0\nup", "e0 up", "exec", "1/../..", "ü", "\u{1f600}", "a;b", "a=b", "a,b", "x\u00a0y"),
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.tuple(fc.constantFrom("", "a", "-", "of=/proc/sys/net/", "10.0.0.1", "10.0.0.0/"), fc.string({ maxLength: 8 })).map(([start, end]) => start + end),
    );
    fc.assert(
      fc.property(fc.constantFrom(...some), fc.nat(), evil, ({ rights, argv }, at, text) => {
        const i = 1 + (at % (argv.length - 1));
        const changed = argv.map((word, j) => (j === i ? text : word));
        if (text === argv[i] || text === "" || !names(rights, changed)) return;
        const [plain, setting] = [/^[\w@][\w.@:/-]*$/, /^of=\/proc\/sys\/net(\/[\w@:-]+(\.[\w@:-]+)*)+$/];
        // sudo sees words joined by blanks; each of these stands for itself then, and means what it means alone.
        for (const word of text.split(" ")) {
          expect(plain.test(word) || setting.test(word) || /^[0-9a-f]*:[0-9a-f:.]*(\/\d+)?$/.test(word), text).toBe(true);
          if (!setting.test(word)) expect(word.includes("/") && !/^[0-9a-f.:]+\/[0-9]+$/.test(word) && !/^0x/.test(word), text).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("hold every claim of an object whose names they hold", () => {
    for (const object of ["link  br245", "link ns_1 a@b.c-d", "address  e0 fd00:245::1", "route  254 172.246.0.0/24 0 tos 4", "sysctl  /proc/sys/net/ipv4/conf/e.5/forwarding", `link  ${"x".repeat(300)}`]) {
      expect(names(ofRegister, ["dd", `of=/run/linuxnet/${claimFile(object)}`, "bs=64k", "status=none"])).toBe(true);
      expect(names(ofRegister, ["rm", "-f", `/run/linuxnet/${claimFile(object)}`])).toBe(true);
    }
  });
});

describe("a sudoers file", () => {
  const folder = mkdtempSync(join(tmpdir(), "linuxnet-sudoers-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const visudo = ["/usr/sbin/visudo", "/usr/bin/visudo"].find(existsSync);

  test.skipIf(!visudo)(`is one to visudo${visudo ? "" : " (there is no visudo here: apt-get install sudo)"}`, async () => {
    for (const text of [sudoers("net"), sudoers("%net-ops", ["Vxlan"]), sudoers("a.b-c_1", ["Routes", "Sysctl"])]) {
      const file = join(folder, "file");
      writeFileSync(file, text, { mode: 0o440 });
      expect(await execa(visudo!, ["-cf", file], { reject: false, all: true })).toMatchObject({ exitCode: 0, all: expect.stringContaining("parsed OK") });
    }
  });

  test("names what its kinds need, and no more", () => {
    expect(sudoers("net", ["NetworkNamespace"])).toBe(`# What linuxnet needs on a host with \`user: "net", sudo: "commands"\`, for NetworkNamespace.
# Made by \`linuxnet doctor --sudoers\`: check it by \`visudo -cf FILE\` and put it into /etc/sudoers.d. Needs sudo 1.9.10 or later.
Cmnd_Alias LINUXNET_NET = \\
  ^/(usr/)?s?bin/mkdir$ ^-p -m 755 /run/linuxnet$, \\
  ^/(usr/)?s?bin/dd$ ^of=/run/linuxnet/[a-z][A-Za-z0-9_.~%+-]* bs=64k status=none$, \\
  ^/(usr/)?s?bin/rm$ ^-f /run/linuxnet/[a-z][A-Za-z0-9_.~%+-]*$, \\
  ^/(usr/)?s?bin/rmdir$ ^/run/linuxnet$, \\
  ^/(usr/)?s?bin/ip$ ^netns add [A-Za-z0-9_][A-Za-z0-9_.@-]*$, \\
  ^/(usr/)?s?bin/ip$ ^netns del [A-Za-z0-9_][A-Za-z0-9_.@-]*$
# The tools are those of the system, whatever PATH, environment and folder the user has.
Defaults:net env_reset, !setenv, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
# None of them runs on or reads a terminal; a pseudo-terminal for each costs more than what it does.
Defaults!LINUXNET_NET !use_pty
net ALL=(root) CWD=/ NOPASSWD: LINUXNET_NET
`);
    expect(sudoers("net", ["Routes"])).toContain("route add");
  });

  test.each(["", "a b", "a\nALL ALL=(ALL) ALL", "ALL,x", "#1000", "a=b", "-x", "a!b"])("is made for no user %j", (user) => expect(() => sudoers(user)).toThrow("is not the name of a user"));
  test("is made for no kind that needs more, and for none that is not there", () => {
    expect(() => sudoers("net", ["Vxlan", "Service"])).toThrow(/^Service: what makes these as root cannot be named without giving root away/);
    expect(() => sudoers("net", ["VXLAN"])).toThrow(/^There is no kind of resource VXLAN; there are NetworkNamespace, /);
  });
});

describe("with sudo for commands, a preview refuses", () => {
  const met = { path: { links: ["eth0"], hops: ["192.0.2.9"] }, linkKinds: ["vxlan", "bridge"], tools: [] } as unknown as Met;
  const problems = (name: string, want: object, more: object = {}) => check((kinds as Record<string, Kind>)[name]!, { ...want, owner, host: { ...host, sudo: "commands", ...more } }, () => met).problems;

  test.each([
    ["NetworkNamespace", { name: "ünix" }, "name", "ip netns add"],
    ["Bridge", { name: "br0", alias: "two words" }, "alias", "alias 'two words'"],
    ["Sysctl", { key: "kernel.core_pattern", value: "x" }, "key", "of=/proc/sys/kernel/core_pattern"],
    ["Sysctl", { key: "net.ipv4.ip_forward", value: "1", netns: "ns1" }, "netns", "ip netns exec ns1"],
    ["Vxlan", { name: "v", vni: 1, netns: "ns1" }, "netns", "sh -c"],
  ])("a %s with %j by its property %s", (name, want, property, said) => {
    const [problem, ...more] = problems(name, want, { guard: false });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ property, reason: expect.stringContaining('`sudo: "commands"` on the Host') });
    expect(problem!.reason).toContain(said);
  });

  test("a kind that needs more, by the host", () => {
    expect(problems("UnmanagedLinks", { name: "x", links: ["a"] })).toEqual([{ property: "host", reason: expect.stringMatching(/^a UnmanagedLinks takes more than `sudo: "commands"` gives/) }]);
  });

  test("what would be guarded, and what is to be, unless nobody wants a guard", () => {
    const forwarding = { key: "net.ipv4.ip_forward", value: "1" };
    expect(problems("Sysctl", forwarding)).toEqual([{ property: "guard", reason: '/proc/sys/net/ipv4/ip_forward decides what the host takes and forwards, and a host with `sudo: "commands"` cannot take a change back: set `guard: false`, here or on the Host, to make it all the same' }]);
    expect(problems("NetworkNamespace", { name: "a", guard: true })).toEqual([{ property: "guard", reason: expect.stringMatching(/^a host with `sudo: "commands"` cannot take a change back/) }]);
    expect(problems("Sysctl", { ...forwarding, guard: false })).toEqual([]);
    expect(problems("Sysctl", forwarding, { guard: false })).toEqual([]);
    expect(problems("NetworkNamespace", { name: "a" })).toEqual([]);
  });
});
