import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import type { Met } from "../../provider/host/facts.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { unmanagedLinks } from "../../provider/kinds/unmanaged-links.js";
import { localShell } from "./local-shell.js";

type Want = Parameters<typeof unmanagedLinks.show>[0];
const want: Want = { name: "overlay", links: ["br245", "veth*"], persistent: false };
const network = "run/systemd/network/00-linuxnet-overlay.network";

// What the kind's commands do, below a folder of the test's own; its managers write down how they were called.
let root: string;
let shell: ReturnType<typeof localShell>;
const moved = (word: string) => word.replaceAll(/(^|[\s"])\/(run|etc|proc)\//g, `$1${root}/$2/`);
const run = async (commands: readonly Argv[]) => shell.run(commands.map((argv) => Object.assign(argv.map(moved), { input: argv.input && moved(argv.input) })));
const look = async (of = want) => unmanagedLinks.parse([(await run(unmanagedLinks.show(of))).stdout.toString().replaceAll(root, "")], of);
const text = (path: string) => readFileSync(join(root, path), "utf8");
const put = (path: string, content: string) => (mkdirSync(dirname(join(root, path)), { recursive: true }), writeFileSync(join(root, path), content));
const tree = (folder = ""): string[] => readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [`${folder}${e.name}/`, ...tree(`${folder}${e.name}/`)] : [folder + e.name])).filter((p) => !/^(proc|bin|called)/.test(p));
const called = () => (existsSync(join(root, "called")) ? text("called").trim().split("\n") : []);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "unmanaged-"));
  for (const tool of ["networkctl", "udevadm", "nmcli"]) {
    put(`bin/${tool}`, `#!/bin/sh\necho "${tool} $*" >>${root}/called\n[ ! -e ${root}/refuse ] || { echo "Failed to connect to bus" >&2; exit 1; }\n`);
    chmodSync(join(root, "bin", tool), 0o755);
  }
  for (const folder of ["run", "etc", "proc"]) mkdirSync(join(root, folder));
  shell = localShell({ ...process.env, PATH: `${root}/bin:${process.env.PATH}` });
});
afterEach(async () => {
  await shell.close();
  rmSync(root, { recursive: true });
});

describe("the files", () => {
  test("say of the links what each manager understands, and can be read by all", async () => {
    await shell.run([["umask", "077"]]);
    expect(await run(unmanagedLinks.add(want))).toMatchObject({ rc: 0, stderr: "" });
    expect(text(network)).toMatch(/^# .*\n\[Match\]\nName=br245 veth\*\n\n\[Link\]\nUnmanaged=yes\n$/);
    expect(text("run/systemd/network/00-linuxnet-overlay.link")).toMatch(/^# .*\n\[Match\]\nOriginalName=br245 veth\*\n\n\[Link\]\nMACAddressPolicy=none\n$/);
    expect(text("run/systemd/networkd.conf.d/99-linuxnet-overlay.conf")).toMatch(/^# .*\n\[Network\]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n$/);
    expect(text("run/NetworkManager/conf.d/99-linuxnet-overlay.conf")).toContain("[keyfile]\nunmanaged-devices+=interface-name:br245;interface-name:veth*\n\n[device-linuxnet-overlay]\nmatch-device=interface-name:br245;interface-name:veth*\nmanaged=0\n");
    expect(tree().map((path) => statSync(join(root, path)).mode & 0o044)).toEqual(tree().map(() => 0o044));
    expect(await look()).toMatchObject({ links: want.links });
  });

  test("go again with the folders that were made for them; others' stay", async () => {
    put("run/systemd/network/10-netplan-eth0.network", "[Match]\nName=eth0\n");
    const before = tree();
    await run(unmanagedLinks.add(want));
    put("run/NetworkManager/conf.d/mine.conf", "");
    await run(unmanagedLinks.del(want, (await look())!));
    expect(tree()).toEqual([...before, "run/NetworkManager/", "run/NetworkManager/conf.d/", "run/NetworkManager/conf.d/mine.conf"].sort());
  });

  test("that are written again still know which folders were made", async () => {
    await run(unmanagedLinks.add(want));
    const other = { ...want, links: ["vtep*"] };
    await run(unmanagedLinks.set(other, ["links"], (await look())!));
    expect(await look(other)).toMatchObject({ links: ["vtep*"] });
    await run(unmanagedLinks.del(other, (await look(other))!));
    expect(tree()).toEqual(["etc/", "run/"]);
  });

  test("that a hand changed or took away are no longer whole", async () => {
    await run(unmanagedLinks.add(want));
    put(network, text(network).replace("yes", "no"));
    expect(await look()).toMatchObject({ links: [] });
    rmSync(join(root, network));
    expect(await look()).toMatchObject({ links: [] });
  });

  test("lie in /etc where they are to stay", async () => {
    await run(unmanagedLinks.add({ ...want, persistent: true }));
    expect(tree().filter((path) => path.startsWith("run/"))).toEqual(["run/"]);
    expect(await look()).toBeUndefined();
    expect(await look({ ...want, persistent: true })).toMatchObject({ links: want.links, persistent: true });
  });
});

describe("the managers", () => {
  const all = ["systemd-network", "systemd-udevd", "NetworkManager", "sshd"];

  test("that run are told to read their configuration again, before and after", async () => {
    all.forEach((comm, i) => put(`proc/${i + 1}/comm`, `${comm}\n`));
    await run(unmanagedLinks.add(want));
    const told = ["networkctl reload", "udevadm control --reload", "nmcli general reload conf"];
    expect(called()).toEqual(told);
    await run(unmanagedLinks.del(want, (await look())!));
    expect(called()).toEqual([...told, ...told]);
  });

  test("that do not run are not", async () => {
    put("proc/1/comm", "sshd\n");
    expect(await run(unmanagedLinks.add(want))).toMatchObject({ rc: 0 });
    expect(called()).toEqual([]);
  });

  test("that cannot be told are an error", async () => {
    put("proc/1/comm", "systemd-network\n");
    put("refuse", "");
    expect(await run(unmanagedLinks.add(want))).toMatchObject({ rc: 1, stderr: expect.stringContaining("Failed to connect to bus") });
  });
});

describe("links", () => {
  const problems = (links: string[], uplink = "eth0") => check(unmanagedLinks as unknown as Kind, { name: "o", links, host: { ssh: "h", verifyHostKey: true, sudo: false }, owner: "o" }, () => ({ uplink, linkKinds: [] }) as unknown as Met).problems;

  test.each(["a b", "br*;", "!eth1", "-x", "%i", "a/b", "[ab]", "a,b", "a\nb", "", "x".repeat(16)])("cannot be named by %j", (glob) => expect(problems([glob]).map((p) => p.property)).toEqual(["links[0]"]));

  test.each(["br245", "veth*", "veth-a.1", "wg?", "x".repeat(15), "a+b"])("can be named by %s", (glob) => expect(problems([glob])).toEqual([]));

  test("do not include the uplink, which managers must keep", () => {
    for (const glob of ["*", "e*", "eth?", "eth0"]) expect(problems(["br0", glob])).toEqual([{ property: "links[1]", reason: `"${glob}" stands for the uplink eth0 as well, which network managers would then let go of` }]);
    expect(problems(["eth1", "ethernet*", "eth.0"])).toEqual([]);
    expect(problems(["e.h0"], "e.h0")).toHaveLength(1);
  });
});
