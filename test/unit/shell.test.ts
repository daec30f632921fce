import fc from "fast-check";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { frame, quote, readBatchFailure } from "../../provider/host/shell.js";
import type { Argv } from "../../provider/kind.js";
import { claim, readClaim, showClaim, unclaim } from "../../provider/register.js";
import { localShell } from "./local-shell.js";

const printed = (stdout: Buffer) => stdout.toString("latin1").split("\0").slice(0, -1).map((text) => Buffer.from(text, "latin1").toString());

/** Text that a shell would do something with, and any other; a shell cannot hold a NUL. */
const word = fc.oneof(
  fc.constantFrom("", "'", '"', "\\", "\n", "$(reboot)", "`id`", "$HOME", "${x}", "-n", "--", "-", "*", "~", "a b", "\t", "!", "#", ";", "&&", "|", ">x", "<x", "()", "{a,b}", "\r", "'\\''", "ü", "\u{1f600}", "$'\\n'", "=", "linuxnet_end"),
  fc.string({ unit: "binary" }).map((s) => s.replaceAll("\0", "")),
  fc.array(fc.constantFrom("'", '"', "\\", "\n", "$", "`", " ", "a"), { maxLength: 12 }).map((parts) => parts.join("")),
);

describe("a shell that is told what a session tells it", () => {
  const shell = localShell();
  afterAll(() => shell.close());

  test("passes on exactly the arguments that it was given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (words) => {
        const ran = await shell.run([["env", "printf", "%s\\0", ...words]]);
        expect(ran).toMatchObject({ rc: 0, stderr: "", done: 1 });
        expect(printed(ran.stdout)).toEqual(words.length === 0 ? [""] : words);
      }),
    );
  });

  test("keeps the commands of a request apart, and their arguments", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }), async (lists) => {
        const ran = await shell.run(lists.map((words) => ["env", "printf", "%s\\0", ...words]));
        expect(ran).toMatchObject({ rc: 0, done: lists.length });
        expect(printed(ran.stdout)).toEqual(lists.flat());
      }),
      { numRuns: 50 },
    );
  });

  test("stops at the first command that fails, and says how many were done, what it answered and its exit status", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 }), async (codes) => {
        const ran = await shell.run(codes.map((code, i) => ["sh", "-c", `echo ${i}; echo e${i} >&2; exit ${code}`]));
        const first = codes.findIndex((code) => code !== 0);
        const begun = first < 0 ? codes.length : first + 1;
        expect(ran).toMatchObject({ rc: first < 0 ? 0 : codes[first], done: first < 0 ? codes.length : first });
        expect(ran.stdout.toString()).toBe([...Array(begun).keys()].map((i) => `${i}\n`).join(""));
        expect(ran.stderr).toBe([...Array(begun).keys()].map((i) => `e${i}\n`).join(""));
      }),
      { numRuns: 30 },
    );
  });

  test("gives a command the very bytes that it is to read", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        const ran = await shell.run([["cat"]], { stdin: Buffer.from(bytes) });
        expect(ran.rc).toBe(0);
        expect(ran.stdout.equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("gives each command its own input, which is in no process's arguments", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), async (inputs) => {
        const ran = await shell.run(inputs.map((input) => Object.assign(["sh", "-c", 'cat; printf "\\0"'], { input })));
        expect(ran).toMatchObject({ rc: 0, stderr: "", done: inputs.length });
        expect(printed(ran.stdout)).toEqual(inputs);
      }),
      { numRuns: 50 },
    );
    // What writes it is the shell itself: there is no program to be found.
    const folder = mkdtempSync(join(tmpdir(), "linuxnet-bare-"));
    symlinkSync("/bin/sh", join(folder, "sh"));
    const bare = localShell({ PATH: folder });
    expect(await bare.run([Object.assign(["/bin/cat"], { input: "it's a $secret" })])).toMatchObject({ rc: 0, stdout: Buffer.from("it's a $secret") });
    await bare.close();
    rmSync(folder, { recursive: true });
    expect(await shell.run([Object.assign(["sh", "-c", "cat >&2; exit 3"], { input: "said" }), ["echo", "never"]])).toMatchObject({ rc: 3, done: 0, stderr: "said" });
    expect(await shell.run([["ip", "-V"], Object.assign(["ip", "-batch", "-"], { input: "" })])).toMatchObject({ rc: 0, done: 2 });
  });

  test("gives a command nothing to read where nothing is said", async () => {
    expect(await shell.run([["cat"], ["sh", "-c", "read -r x; echo \"<$x>\""]])).toMatchObject({ rc: 0, done: 2, stdout: Buffer.from("<>\n") });
  });

  test("goes on after a command that is not there, and after no command at all", async () => {
    expect(await shell.run([["linuxnet-no-such-command", "x"]])).toMatchObject({ rc: 127, done: 0 });
    expect(await shell.run([])).toMatchObject({ rc: 0, done: 0, stderr: "" });
    expect(await shell.run([["echo", "on"]])).toMatchObject({ rc: 0, stdout: Buffer.from("on\n") });
  });

  test("ends a command that takes longer than it may, and goes on", async () => {
    expect(await shell.run([["sleep", "60"]], { seconds: 0.1 })).toMatchObject({ rc: 124, done: 0 });
    expect(await shell.run([["echo", "on"]], { seconds: 5 })).toMatchObject({ rc: 0, done: 1, stdout: Buffer.from("on\n") });
  });

  test("says what it says in English, and finds what only root has on its path", async () => {
    const ran = await shell.run([["sh", "-c", 'echo "$LC_ALL:$PATH"']]);
    expect(ran.stdout.toString()).toMatch(/^C:.*\/usr\/sbin:\/sbin\n$/);
  });
});

test("an argument with a NUL is refused before anything is sent", () => {
  expect(() => quote("a\0b")).toThrow('an argument holds a NUL character: "a\\u0000b"');
  expect(() => frame("m", 1, [["echo", "fine"], ["echo", "a\0"]])).toThrow(/NUL/);
  expect(() => frame("m", 1, [["ip", "link", "show", "a\0"], ["ip", "link"]])).toThrow(/NUL/);
});

describe("commands of iproute2 in one request", () => {
  const folder = mkdtempSync(join(tmpdir(), "linuxnet-shell-"));
  const log = join(folder, "log");
  // Takes a batch as ip(8) does, and says for each command what it would have been alone, without how it is to print.
  const tool = `#!/bin/sh
name=\${0##*/}; lane=; batch=
one() { line=$1; case $line in *boom*) [ -n "$batch" ] && echo "boom
Command failed -:$n" >&2 || echo boom >&2; exit 2 ;; esac; echo "$name$lane $line"; }
while :; do case $1 in
  -n) lane="$lane -n $2"; shift 2 ;;
  -4|-6) lane="$lane $1"; shift ;;
  -j|-d|-N) shift ;;
  -batch) batch=1; shift 2 ;;
  *) break ;;
esac; done
echo started >>'${log}'
n=0
if [ -n "$batch" ]; then while read -r line; do n=$((n + 1)); one "$line"; done; else one "$*"; fi
`;
  let shell: ReturnType<typeof localShell>;
  beforeAll(() => {
    for (const name of ["ip", "bridge"]) {
      writeFileSync(join(folder, name), tool);
      chmodSync(join(folder, name), 0o755);
    }
    shell = localShell({ ...process.env, PATH: `${folder}:${process.env.PATH}` });
  });
  afterAll(async () => {
    await shell.close();
    rmSync(folder, { recursive: true });
  });

  const command = fc.tuple(
    fc.constantFrom("ip", "bridge"),
    fc.constantFrom([], [], ["-n", "ns245"], ["-n", "ns246"], ["-4"], ["-n", "ns245", "-6"]),
    fc.constantFrom([], ["-j"], ["-j", "-d"]),
    fc.array(fc.constantFrom("link", "set", "dev", "e0", "up", "10.0.0.1/24", "mtu", "1400", "a'b", "a b", "ü"), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(false, false, false, false, true),
  );

  test("do the same as each alone, and stop at the same one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof({ weight: 5, arbitrary: command }, { weight: 1, arbitrary: fc.constant(undefined) }), { minLength: 1, maxLength: 8 }), async (list) => {
        const ran = await shell.run(list.map((c) => (c ? [c[0], ...c[1], ...c[2], ...c[3], ...(c[4] ? ["boom"] : [])] : ["echo", "other"])));
        const first = list.findIndex((c) => c?.[4]);
        const done = first < 0 ? list : list.slice(0, first);
        expect(ran).toMatchObject({ rc: first < 0 ? 0 : 2, done: done.length, stderr: first < 0 ? "" : "boom\n" });
        expect(ran.stdout.toString()).toBe(done.map((c) => (c ? [c[0], ...c[1], c[3].join(" ")].join(" ") : "other")).map((l) => `${l}\n`).join(""));
      }),
      { numRuns: 60 },
    );
  });

  test("share one process where they go to one namespace", async () => {
    writeFileSync(log, "");
    await shell.run([["ip", "-n", "a", "link", "add", "x"], ["ip", "-n", "a", "-j", "-d", "link", "show"], ["ip", "-n", "a", "addr", "add", "y"]]);
    await shell.run([["ip", "-n", "a", "link"], ["ip", "-n", "b", "link"], ["bridge", "-n", "b", "link"]]);
    const started = await shell.run([["cat", log]]);
    expect(started.stdout.toString().trim().split("\n")).toHaveLength(4);
  });

  test("are each ended in time where there is a time", async () => {
    const ran = await shell.run([["ip", "link"], ["ip", "addr"]], { seconds: 5 });
    expect(ran).toMatchObject({ rc: 0, done: 2, stdout: Buffer.from("ip link\nip addr\n") });
  });
});

describe("the register of a host", () => {
  const folder = mkdtempSync(join(tmpdir(), "linuxnet-register-"));
  const register = join(folder, "linuxnet");
  const shell = localShell(process.env, register);
  const object = "route  254 172.246.0.0/24 0";
  const claimed = async () => readClaim((await shell.run([showClaim(object)])).stdout.toString());
  afterEach(() => shell.run([unclaim(object)]));
  afterAll(async () => {
    await shell.close();
    rmSync(folder, { recursive: true });
  });

  test("says nothing of what nobody claimed, and letting go of that is no error", async () => {
    expect(await shell.run([showClaim(object), unclaim(object)])).toMatchObject({ rc: 0, stdout: Buffer.alloc(0), stderr: "" });
  });

  test("keeps what is claimed, whatever is in it, and forgets it when it is let go", async () => {
    for (const owner of ["net/dev/it", "it's $(a) `b` \\n \\ \"c\" ü %s", " blanks "]) {
      const found = { value: "1\t2\n3", alias: " x ", on: true };
      expect(await shell.run([claim(object, { owner, found })])).toMatchObject({ rc: 0, stderr: "" });
      expect(await claimed()).toEqual({ owner, found });
      await shell.run([unclaim(object)]);
      expect(await claimed()).toBeUndefined();
    }
  });

  test("takes a claim only on top of the one that was seen", async () => {
    const [first, second] = [{ owner: "a/b/first" }, { owner: "a/b/second" }];
    expect(await shell.run([claim(object, first)])).toMatchObject({ rc: 0, done: 1 });
    const refused = await shell.run([claim(object, second), ["echo", "never"]]);
    expect(refused).toMatchObject({ rc: 1, done: 0, stdout: Buffer.alloc(0), stderr: `the register says meanwhile: ${JSON.stringify(first)}\n` });
    expect(await shell.run([claim(object, second, JSON.stringify(first))])).toMatchObject({ rc: 0 });
    expect(await claimed()).toEqual(second);
    expect(await shell.run([claim(object, first, JSON.stringify(first))])).toMatchObject({ rc: 1 });
  });

  test("leaves nothing behind when the last object is let go, and keeps the others until then", async () => {
    await shell.run([claim("netns other", { owner: "o" }), unclaim(object)]);
    expect(existsSync(register)).toBe(true);
    await shell.run([unclaim("netns other")]);
    expect(existsSync(register)).toBe(false);
  });

  test("says what is wrong where it cannot be written", async () => {
    const nowhere = localShell(process.env, "/proc/linuxnet");
    const ran = await nowhere.run([claim(object, { owner: "o" }), ["echo", "never"]]);
    await nowhere.close();
    expect(ran).toMatchObject({ done: 0, stdout: Buffer.alloc(0) });
    expect(ran.rc).not.toBe(0);
    expect(ran.stderr).toContain("/proc/linuxnet");
  });
});

describe("a session that runs as root only what needs it", () => {
  const folder = mkdtempSync(join(tmpdir(), "linuxnet-sudo-"));
  const [log, register] = [join(folder, "log"), join(folder, "linuxnet")];
  const stub = (name: string, text: string) => writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  let shell: ReturnType<typeof localShell>;
  const said = async (...commands: Argv[]) => {
    writeFileSync(log, "");
    const ran = await shell.run(commands);
    return { ran, log: readFileSync(log, "utf8").trim().split("\n").filter(Boolean) };
  };
  beforeAll(() => {
    stub("sudo", `echo "sudo $*" >>'${log}'; shift; exec "$@"`);
    for (const name of ["ip", "bridge"]) stub(name, `echo "${name} $*" >>'${log}'`);
    shell = localShell({ ...process.env, PATH: `${folder}:${process.env.PATH}` }, register, true);
  });
  afterAll(async () => {
    await shell.close();
    rmSync(folder, { recursive: true });
  });

  test("asks sudo for each such command by itself, and for no other", async () => {
    const { ran, log } = await said(["ip", "link", "add", "show"], ["ip", "link", "add", "list"], ["ip", "-j", "-d", "link", "show", "dev", "e0"], ["ip", "-n", "a", "-j", "link", "show"], ["bridge", "-j", "fdb", "show"], ["bridge", "fdb", "del", "show"], ["echo", "ip"], ["true"]);
    expect(ran).toMatchObject({ rc: 0, done: 8 });
    expect(log.filter((l) => l.startsWith("sudo"))).toEqual(["sudo -n ip link add show", "sudo -n ip link add list", "sudo -n ip -n a -j link show", "sudo -n bridge fdb del show"]);
    expect(log.filter((l) => !l.startsWith("sudo"))).toHaveLength(6);
  });

  test("passes on what a command reads, and stops at the first that fails", async () => {
    const to = join(folder, "to");
    const { ran, log } = await said(Object.assign(["dd", `of=${to}`, "status=none"], { input: "it's\n" }), ["dd", "of=/nonexistent/x", "status=none"], ["ip", "link", "del"]);
    expect(ran).toMatchObject({ rc: 1, done: 1 });
    expect(log).toEqual([`sudo -n dd of=${to} status=none`, "sudo -n dd of=/nonexistent/x status=none"]);
    expect(readFileSync(to, "utf8")).toBe("it's\n");
  });

  test("has root write the register, and reads it itself", async () => {
    const claims = { owner: "it's $(a) %s \\n" };
    expect((await said(claim("link  a", claims))).log).toEqual([`sudo -n mkdir -p -m 755 ${register}`, `sudo -n dd of=${register}/link++a bs=64k status=none`]);
    const seen = await said(showClaim("link  a"));
    expect(readClaim(seen.ran.stdout.toString())).toEqual(claims);
    expect(seen.log).toEqual([]);
    expect((await said(claim("link  a", { owner: "other" }))).ran).toMatchObject({ rc: 1, stderr: expect.stringContaining("the register says meanwhile") });
    expect((await said(unclaim("link  a"))).log).toEqual([`sudo -n rm -f ${register}/link++a`, `sudo -n rmdir ${register}`]);
    expect(existsSync(register)).toBe(false);
  });
});

test("the line at which a batch failed is taken out of what it wrote", () => {
  expect(readBatchFailure('Cannot find device "e0"\nCommand failed -:3\n')).toEqual({ stderr: 'Cannot find device "e0"\n', done: 2 });
  expect(readBatchFailure("RTNETLINK answers: File exists\n")).toEqual({ stderr: "RTNETLINK answers: File exists\n", done: 0 });
  expect(readBatchFailure("")).toEqual({ stderr: "", done: 0 });
});
