import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bootScript, ownerOfScript } from "../../provider/boot.js";
import { check } from "../../provider/check.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { made } from "../../provider/mark.js";
import { modelOf, partsOf, type ModelName, type Part } from "../../provider/model.js";
import { claimFile } from "../../provider/register.js";
import { kinds, type KindName } from "../../provider/registry.js";

const owner = (name: string) => `net/dev/${name}`;

/** Objects as a program declares them, checked. */
function parts(...declared: [ModelName, string, object][]): Part[] {
  return declared.flatMap(([type, name, properties]) => {
    const { value, problems } = modelOf(type).check({ ...properties, host: { ssh: "host1" }, owner: owner(`${type}/${name}`) });
    expect(problems).toEqual([]);
    return partsOf(type, value);
  });
}

const link = ["VethPair", "veth", { name: "veth1", mac: "02:00:00:00:00:01", peer: { name: "eth0", netns: "ns1", mac: "02:00:00:00:00:02" } }] as const;
const small = parts(
  ["NetworkNamespace", "ns", { name: "ns1" }],
  [...link],
  ["Bridge", "br", { name: "br1", mac: "02:00:00:00:00:03", adopt: true }],
  ["BridgePort", "port", { dev: "veth1", master: "br1", hairpin: true }],
  ["Sysctl", "forwarding", { key: "net.ipv4.ip_forward", value: true }],
  ["Routes", "routes", { entries: { a: { dst: "10.1.0.0/16", via: "10.0.0.1" }, b: { dst: "fd00:1::/64", dev: "br1" } } }],
  ["Service", "web", { name: "web", command: ["echo", "it's $(id)"], env: { TOKEN: "a\nb'c" } }],
);

/** The commands by which all of it is made. */
const commands = (all: Part[]) => all.flatMap(({ kind, want }) => (kind.borrowed ? kind.set(want as never, Object.keys(kind.shape), {}) : made(kind, want)));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "linuxnet-boot-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * What stands for every tool: it writes down its words and what it reads, each with a zero after it, and then does what `does` says of its
 * words, a case of the shell: `*" add "*) echo no; exit 1 ;;`.
 */
function stub(tools: string[], does = ""): void {
  for (const tool of tools) {
    const input = readers.includes(tool) ? "cat >&3; printf '\\0' >&3; " : "";
    writeFileSync(join(folder, "bin", tool), `#!/bin/sh\nexec 3>>${folder}/log\nprintf '%s\\0' ${tool} "$@" >&3\n${input}printf 'linuxnet-next\\0' >&3\ncase " $* " in\n${does}\nesac\n`);
    chmodSync(join(folder, "bin", tool), 0o755);
  }
}

/** Of the tools, those that read. */
const readers = ["sh", "dd"];

/** The commands that the stubs saw: their words, and what those read that do. */
function seen(): string[][] {
  const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "";
  return log.split("linuxnet-next\0").slice(0, -1).map((one) => one.split("\0").slice(0, -1));
}

const asSeen = (argv: Argv) => [...argv, ...(readers.includes(argv[0]!) ? [argv.input ?? ""] : [])];
const register = () => (existsSync(join(folder, "run")) ? readdirSync(join(folder, "run")).sort() : []);

/** Runs a script as a host would at boot, with its register and its own folder in the test's; only the tools that stand in are found. */
function run(script: string, ...args: string[]) {
  const file = join(folder, "restore");
  writeFileSync(file, script.replaceAll("/run/linuxnet\n", `${folder}/run\n`).replace(/PATH="[^"]*"/, `PATH=${folder}/bin`));
  for (const real of ["mkdir", "rm", "cat", "dirname"]) if (!existsSync(join(folder, "bin", real))) execFileSync("ln", ["-s", `/usr/bin/${real}`, join(folder, "bin", real)]);
  const { status, stdout, stderr } = spawnSync("/bin/sh", [file, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

const tools = ["ip", "bridge", "sh", "dd", "sleep"];

describe("a script for the boot", () => {
  test("is one that a person can read", () => {
    expect(bootScript(owner("boot"), parts(["NetworkNamespace", "ns", { name: "ns1" }], [...link]))).toBe(readFileSync(join(__dirname, "boot.sh"), "utf8"));
  });

  test("makes everything by the commands that an update makes it by, in the order of the program, and says whose it is", () => {
    stub(tools);
    const done = run(bootScript(owner("boot"), small));
    expect(done).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(seen()).toEqual(commands(small).map(asSeen));
    expect(register()).toEqual(small.map(({ kind, want }) => claimFile(kind.objects(want as never)[0])).sort());
    expect(JSON.parse(readFileSync(join(folder, "run", "link++br1"), "utf8"))).toEqual({ owner: owner("Bridge/br") });
  });

  test("does nothing where everything is there", () => {
    stub(tools);
    run(bootScript(owner("boot"), small));
    rmSync(join(folder, "log"));
    expect(run(bootScript(owner("boot"), small)).status).toBe(0);
    expect(seen()).toEqual([]);
  });

  test("keeps what the register says of its objects, and puts that back", () => {
    stub(tools);
    mkdirSync(join(folder, "run"));
    const found = '{"owner":"net/dev/Sysctl/forwarding","found":{"value":"0 \\\\n"}}\n';
    writeFileSync(join(folder, "run", "sysctl++%2Fproc%2Fsys%2Fnet%2Fipv4%2Fip_forward"), found);
    writeFileSync(join(folder, "run", "link++another"), "{}\n");
    mkdirSync(join(folder, "claims"));
    writeFileSync(join(folder, "claims", "link++old"), "{}\n");
    expect(run(bootScript(owner("boot"), small), "save")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readdirSync(join(folder, "claims"))).toEqual(["sysctl++%2Fproc%2Fsys%2Fnet%2Fipv4%2Fip_forward"]);
    expect(seen()).toEqual([]);
    rmSync(join(folder, "run"), { recursive: true });
    run(bootScript(owner("boot"), small));
    expect(readFileSync(join(folder, "run", "sysctl++%2Fproc%2Fsys%2Fnet%2Fipv4%2Fip_forward"), "utf8")).toBe(found);
  });

  test("tries again what does not work yet, and makes nothing twice", () => {
    stub(tools, `*" add dev veth1 "* | *" name veth1 "*) [ -e ${folder}/late ] || { echo "no such thing" >&2; exit 1; } ;;`);
    writeFileSync(join(folder, "bin", "sleep"), `#!/bin/sh\nprintf 'sleep\\0linuxnet-next\\0' >>${folder}/log; : >${folder}/late\n`);
    const all = parts(["NetworkNamespace", "ns", { name: "ns1" }], [...link], ["Sysctl", "s", { key: "net.ipv4.ip_forward", value: 1 }]);
    expect(run(bootScript(owner("boot"), all)).status).toBe(0);
    const [ns, veth, up, peer, mark, sysctl] = commands(all).map(asSeen);
    expect(seen()).toEqual([ns, veth, sysctl, ["sleep"], veth, up, peer, mark]);
  });

  test("takes away what it made half", () => {
    stub(tools, `*" eth0 up "*) [ -e ${folder}/late ] || { echo half >&2; exit 1; } ;;`);
    writeFileSync(join(folder, "bin", "sleep"), `#!/bin/sh\n: >${folder}/late\n`);
    const all = parts([...link]);
    expect(run(bootScript(owner("boot"), all)).status).toBe(0);
    const [veth, up, peer, mark] = commands(all).map(asSeen);
    expect(seen()).toEqual([veth, up, peer, ["ip", "link", "del", "dev", "veth1"], veth, up, peer, mark]);
  });

  test("says in the end what never worked, and goes on with all else", () => {
    stub(tools, `*" netns add ns1 "*) echo "ip: it cannot be" >&2; exit 3 ;;`);
    const all = parts(["NetworkNamespace", "ns", { name: "ns1" }], ["NetworkNamespace", "other", { name: "ns2" }]);
    expect(run(bootScript(owner("boot"), all))).toEqual({ status: 1, stdout: "", stderr: "NetworkNamespace ns1: ip: it cannot be\n" });
    expect(register()).toEqual(["netns+ns2"]);
    expect(seen().filter(([tool]) => tool === "sleep")).toHaveLength(29);
  });

  test("only puts back the claim of what outlives a reboot", () => {
    stub(tools);
    const both = parts(["UnmanagedLinks", "kept", { name: "kept", links: ["br*"], persistent: true }], ["UnmanagedLinks", "lost", { name: "lost", links: ["br*"] }]);
    expect(run(bootScript(owner("boot"), both)).status).toBe(0);
    expect(seen()).toEqual(commands(both.slice(1)).map(asSeen));
    expect(register()).toEqual(["unmanaged-links+%2Fetc+kept", "unmanaged-links+%2Frun+lost"]);
  });

  test.each([
    [true, "Error: argument \"br1\" is wrong: File exists", 0],
    [true, "Cannot find device", 1],
    [false, "RTNETLINK answers: File exists", 1],
  ])("adopt: %s, and making it says %s", (adopt, says, status) => {
    stub(tools, `*" link add "*) echo '${says}' >&2; exit 2 ;;`);
    const all = parts(["Bridge", "br", { name: "br1", mac: "02:00:00:00:00:03", mtu: 1400, stp: true, adopt }]);
    expect(run(bootScript(owner("boot"), all)).status).toBe(status);
    expect(seen().some((words) => words.join(" ") === "ip link set dev br1 address 02:00:00:00:00:03 mtu 1400 up")).toBe(status === 0);
  });

  test("of every kind is a script without a fault", () => {
    for (const [name, kind] of Object.entries(kinds)) {
      for (const file of readdirSync(join(__dirname, "kinds", name))) {
        const { want } = JSON.parse(readFileSync(join(__dirname, "kinds", name, file), "utf8")) as { want: object };
        const { value } = check(kind, { ...want, adopt: !kind.neverAdopted, host: { ssh: "host1" }, owner: owner(name) });
        const { status, stderr } = spawnSync("/bin/sh", ["-n"], { input: bootScript(owner("boot"), [{ kind, want: value }]), encoding: "utf8" });
        expect({ file, status, stderr }).toEqual({ file, status: 0, stderr: "" });
      }
    }
  }, 180_000);

  test("runs exactly the words that were meant, whatever they hold", () => {
    const text = fc.oneof(fc.constantFrom("$(id)", "`id`", "'", '"', "\\", "a\nb", "\n", "", "a b", "*", "~", "=", "$text1", "|| :", "#", "\t", "ü"), fc.string({ unit: "binary", maxLength: 12 }).map((s) => s.replaceAll("\0", "")));
    const command = fc.tuple(fc.array(text, { maxLength: 4 }), fc.option(text, { nil: undefined })).map(([words, input]) => Object.assign(["sh", ...words], input === undefined ? {} : { input }) as Argv);
    stub(tools);
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.array(command, { minLength: 1, maxLength: 3 })), { maxLength: 4, minLength: 1 }), text, (all, whose) => {
        for (const left of ["run", "log"]) rmSync(join(folder, left), { recursive: true, force: true });
        const made = all.map(([name, add], i): Part => {
          const kind = { name: "It", shape: {}, identity: [], objects: () => [`it ${name} ${i}`], add: () => add, set: () => [], del: () => [] } as unknown as Kind;
          return { kind, want: { owner: whose } };
        });
        expect(run(bootScript(whose, made))).toEqual({ status: 0, stdout: "", stderr: "" });
        expect(seen()).toEqual(all.flatMap(([, add]) => add.map(asSeen)));
      }),
      { numRuns: 60 },
    );
  });

  test("says whose it is", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (whose) => void expect(ownerOfScript(bootScript(whose, []))).toBe(JSON.parse(JSON.stringify(whose)))));
    expect(ownerOfScript("")).toBeUndefined();
    expect(ownerOfScript("#!/bin/sh\necho # linuxnet {}\n")).toBeUndefined();
  });
});

test.each<[KindName, object, string | undefined]>([
  ["ContainerNamespace", { name: "c", pid: 7 }, "pid"],
  ["ContainerNamespace", { name: "c", container: "web" }, undefined],
  ["UplinkBridge", { name: "br0", uplink: "eth0" }, "uplink"],
  ["Bridge", { name: "br0" }, undefined],
])("whether a host can make a %s again by itself: %j", (kind, want, because) => expect(kinds[kind].unrestorable?.(want as never)?.property).toBe(because));
