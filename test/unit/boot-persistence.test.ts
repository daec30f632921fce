import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bootScript } from "../../provider/boot.js";
import { checkShape } from "../../provider/check.js";
import type { Argv } from "../../provider/kind.js";
import { bootPersistence, bootPersistenceShape } from "../../provider/kinds/boot-persistence.js";
import { kinds } from "../../provider/registry.js";

const owner = "net/dev/BootPersistence/boot";
const want = { name: "net.dev", script: bootScript(owner, []), enabled: true as const };
const other = { ...want, name: "netxdev" };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "linuxnet-etc-"));
  mkdirSync(join(root, "etc"));
  mkdirSync(join(root, "bin"));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (path: string) => join(root, path);
const read = (path: string) => readFileSync(at(path), "utf8");
const write = (path: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  chmodSync(at(path), mode);
};

/** Runs the kind's commands with the host's /etc and /run in the test's folder, and its systemctl first on PATH. */
function run(commands: Argv[]) {
  const results = commands.map((argv) => {
    const [program, ...args] = argv.map((word) => word.replaceAll(/\/(etc|run)\//g, `${root}/$1/`).replaceAll(/ \/run\/linuxnet\b/g, ` ${root}/run/linuxnet`));
    return spawnSync(program!, args, { input: argv.input ?? "", encoding: "utf8", env: { ...process.env, PATH: `${at("bin")}:${process.env.PATH}` } });
  });
  return { status: Math.max(...results.map((r) => r.status ?? -1)), stdout: results.map((r) => r.stdout).join(""), stderr: results.map((r) => r.stderr).join("") };
}

const done = { status: 0, stdout: "", stderr: "" };
const install = (it = want) => run(bootPersistence.add(it));
const remove = (it = want) => run(bootPersistence.del(it, {}));
const seen = (it = want) => bootPersistence.parse([run(bootPersistence.show(it)).stdout], it);
const files = (path = "etc"): string[] => readdirSync(at(path)).sort().flatMap((f) => (lstatSync(at(`${path}/${f}`)).isDirectory() ? files(`${path}/${f}`) : [`${path}/${f}`]));

describe("with systemd", () => {
  beforeEach(() => {
    mkdirSync(at("run/systemd/system"), { recursive: true });
    mkdirSync(at("etc/systemd/system"), { recursive: true });
    // Enabling and disabling are the link that systemctl makes of them.
    const wants = at("etc/systemd/system/multi-user.target.wants");
    write("bin/systemctl", `#!/bin/sh\necho "$*" >>${at("log")}\nfor unit; do :; done\ncase $1 in
enable) mkdir -p ${wants} && ln -sf ../$unit ${wants}/$unit ;;
disable) rm -f ${wants}/$unit ;;
is-enabled) [ -e ${wants}/$unit ] ;;
esac\n`, 0o755);
  });

  test("it is a unit that runs once the network is up, and goes as it came", () => {
    expect(install()).toEqual(done);
    expect(read("log")).toBe("daemon-reload\nenable --quiet linuxnet-net.dev.service\n");
    expect(read("etc/systemd/system/linuxnet-net.dev.service").replaceAll(root, "")).toBe(`[Unit]
Description=Network objects that linuxnet restores after a reboot (net.dev)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/linuxnet/net.dev/restore
# What it starts outlives it.
KillMode=process

[Install]
WantedBy=multi-user.target
`);
    expect(statSync(at("etc/systemd/system/linuxnet-net.dev.service")).mode & 0o777).toBe(0o644);
    expect(seen()).toEqual({ ...want, owner });
    rmSync(at("log"));
    expect(remove()).toEqual(done);
    expect(read("log")).toBe("disable --quiet --now linuxnet-net.dev.service\ndaemon-reload\n");
    expect(files()).toEqual([]);
    expect(existsSync(at("etc/linuxnet"))).toBe(false);
    expect(seen()).toBeUndefined();
  });

  test("a unit that somebody disabled or edited is seen, and put right", () => {
    install();
    run([["systemctl", "disable", "linuxnet-net.dev.service"]]);
    expect(seen()).toMatchObject({ enabled: false, script: want.script });
    install();
    expect(seen()).toMatchObject({ enabled: true });
    write("etc/systemd/system/linuxnet-net.dev.service", "[Unit]\n");
    expect(seen()).toMatchObject({ enabled: false });
    expect(run(bootPersistence.set(want, ["enabled"], {}))).toEqual(done);
    expect(seen()).toMatchObject({ enabled: true });
  });

  test("what systemctl refuses is an error", () => {
    write("bin/systemctl", "#!/bin/sh\necho Failed to connect to bus >&2; exit 1\n", 0o755);
    expect(install()).toMatchObject({ status: 1, stderr: "Failed to connect to bus\n" });
  });
});

describe("with OpenRC", () => {
  beforeEach(() => mkdirSync(at("etc/local.d")));

  test("it is a file of /etc/local.d", () => {
    expect(install()).toEqual(done);
    expect(files()).toEqual(["etc/linuxnet/net.dev/restore", "etc/local.d/linuxnet-net.dev.start"]);
    expect(read("etc/local.d/linuxnet-net.dev.start")).toBe(`#!/bin/sh\nexec sh ${at("etc/linuxnet/net.dev/restore")}\n`);
    expect(seen()).toEqual({ ...want, owner });
    chmodSync(at("etc/local.d/linuxnet-net.dev.start"), 0o644);
    expect(seen()).toMatchObject({ enabled: false });
    expect(remove()).toEqual(done);
    expect(files()).toEqual([]);
  });

  test("where OpenRC does not run these files, that is an error that says what to do", () => {
    mkdirSync(at("etc/runlevels/default"), { recursive: true });
    expect(install()).toMatchObject({ status: 1, stderr: expect.stringContaining("rc-update add local default") });
    write("etc/runlevels/default/local", "");
    expect(install()).toEqual(done);
  });
});

describe("with neither", () => {
  test("/etc/rc.local is made, serves several stacks, and goes with the last", () => {
    expect(install()).toEqual(done);
    expect(install(other)).toEqual(done);
    expect(statSync(at("etc/rc.local")).mode & 0o777).toBe(0o755);
    expect(install()).toEqual(done);
    expect(read("etc/rc.local").match(/restore/g)).toHaveLength(2);
    expect([seen()?.enabled, seen(other)?.enabled]).toEqual([true, true]);
    expect(remove()).toEqual(done);
    expect([seen()?.enabled, seen(other)?.enabled]).toEqual([undefined, true]);
    expect(remove(other)).toEqual(done);
    expect(files()).toEqual([]);
  });

  test.each([
    ["of somebody else's", "#!/bin/sh -e\n# mine\nfalse\nexit 0\n"],
    ["without an interpreter", "echo mine"],
    ["of one word without an end of line", "#!/bin/sh\n\necho mine"],
    ["that is empty", ""],
    ["that looks like one of ours", "#!/bin/sh\n# Made by linuxnet, and removed by it when nothing else is in here.\necho mine\n"],
  ])("an rc.local %s runs ours first, and is afterwards what it was", (_, text) => {
    write("etc/rc.local", text, 0o750);
    expect(install()).toEqual(done);
    const lines = read("etc/rc.local").split("\n");
    expect(lines.indexOf(`sh ${at("etc/linuxnet/net.dev/restore")} || :`)).toBe(text.startsWith("#!") ? 1 : 0);
    expect(seen()).toEqual({ ...want, owner });
    expect(remove()).toEqual(done);
    expect(read("etc/rc.local")).toBe(text);
    expect(statSync(at("etc/rc.local")).mode & 0o777).toBe(0o750);
    expect(files()).toEqual(["etc/rc.local"]);
  });

  test("an rc.local that is a link stays one", () => {
    write("etc/rc.d/rc.local", "#!/bin/sh\n", 0o755);
    symlinkSync("rc.d/rc.local", at("etc/rc.local"));
    install();
    expect(lstatSync(at("etc/rc.local")).isSymbolicLink()).toBe(true);
    expect(read("etc/rc.d/rc.local")).toContain("restore");
    remove();
    expect(lstatSync(at("etc/rc.local")).isSymbolicLink()).toBe(true);
    expect(read("etc/rc.d/rc.local")).toBe("#!/bin/sh\n");
  });

  test("one that nothing would run is not made to run what is in it", () => {
    write("etc/rc.local", "#!/bin/sh\nreboot\n");
    expect(install()).toMatchObject({ status: 1, stderr: expect.stringContaining("rc.local is there but not executable") });
    expect(read("etc/rc.local")).toBe("#!/bin/sh\nreboot\n");
  });

  test("a line that a hand took out is seen, and one that stayed alone goes too", () => {
    install();
    write("etc/rc.local", "#!/bin/sh\n", 0o755);
    expect(seen()).toMatchObject({ enabled: false });
    install();
    rmSync(at("etc/linuxnet"), { recursive: true });
    expect(seen()).toEqual({ name: "net.dev", script: "", enabled: true, owner: undefined });
    expect(remove()).toEqual(done);
    expect(files()).toEqual(["etc/rc.local"]);
  });
});

test("what is installed is root's alone, the claims of the register with it, and is put there whole", () => {
  const claimed = bootScript(owner, [{ kind: kinds.NetworkNamespace, want: { name: "x", owner } }]).replace("/run/linuxnet\n", at("run/linuxnet\n"));
  write("run/linuxnet/netns+x", "{}\n");
  expect(install({ ...want, script: claimed })).toEqual(done);
  expect(files("etc/linuxnet")).toEqual(["etc/linuxnet/net.dev/claims/netns+x", "etc/linuxnet/net.dev/restore"]);
  expect(["", "/net.dev", "/net.dev/claims", "/net.dev/restore"].map((f) => statSync(at(`etc/linuxnet${f}`)).mode & 0o077)).toEqual([0, 0, 0, 0]);
  expect(seen()).toMatchObject({ script: claimed });
});

test("what it is installed with is in no command line", () => {
  for (const argv of [...bootPersistence.add(want), ...bootPersistence.set(want, ["script"], {})]) {
    expect(argv.join(" ")).not.toContain(want.script);
    expect(argv.input).toBe(want.script);
  }
});

test.each(["", ".", "a..b", "a/b", "../x", "-a", "a b", "a%i", "a.", "x".repeat(101)])("%j is no name", (name) => {
  expect(checkShape(bootPersistenceShape, { ...want, name }).problems).toMatchObject([{ property: "name" }]);
});
