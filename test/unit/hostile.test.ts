import fc from "fast-check";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../provider/check.js";
import type { Argv, Kind } from "../../provider/kind.js";
import { kinds } from "../../provider/registry.js";
import { fixtures, printed } from "./fixtures.js";
import { localShell } from "./local-shell.js";

const host = { ssh: "host1", verifyHostKey: true, sudo: false };
const owner = "net/dev/it";

/** What somebody who means harm, or a slip of the keyboard, puts where a name or a text belongs. */
const evil = fc.oneof(
  fc.constantFrom("$(reboot)", "`reboot`", "; reboot", "&& reboot", "| sh", "a\nreboot", "a\rb", "a\0b", "-batch", "--help", "-n", "-", "--", "../../etc/passwd", "..", ".", "/", "/etc/passwd", "'", '"', "'; reboot #", "\\", "a b", " ", "", "\t", "*", "~", "$HOME", "%n", "ü".repeat(8), "\u{1f600}", "x".repeat(300), "dev", "netns", "del", "type", "\u001b[2J", "a;b", "a\\nb", "linuxnet_end"),
  fc.string({ unit: "binary", maxLength: 24 }),
  fc.tuple(fc.constantFrom("", "a", "-", "net.ipv4.", "10.0.0.1"), fc.string({ maxLength: 8 })).map(([start, end]) => start + end),
);

type Path = (string | number)[];

/** Words that are meant to be options of iptables. */
const RAW = "extensions";

/** The paths of all texts in what a program declared. */
function texts(value: unknown, at: Path = []): Path[] {
  if (typeof value === "string") return [at];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, v]) => texts(v, [...at, Array.isArray(value) ? Number(key) : key]));
}

/** The same with another text at a path. */
function replaced(value: any, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(value[key], rest, text);
  return copy;
}

/** Every command that a kind would run. */
function commands(kind: Kind, want: Record<string, unknown>, observed: Record<string, unknown>): Argv[] {
  const all = Object.keys(kind.shape).filter((key) => want[key] !== undefined);
  return [...kind.show(want as never), ...kind.add(want as never), ...kind.set(want as never, all, observed), ...kind.del(want as never, observed)];
}

/** Words after which iproute2 and its like take whatever comes as a value. */
const takesAnything = ["alias", "--comment", "--log-prefix"];
const script = (argv: Argv) => (argv.indexOf("-c") > 0 && /(^|\/)sh$/.test(argv[argv.indexOf("-c") - 1]!) ? argv.indexOf("-c") + 1 : -1);

describe.each(Object.entries(kinds))("%s", (name, kind) => {
  const cases = fixtures(name).filter(([, f]) => f.observed !== null).map(([, f]) => ({ want: f.want, observed: kind.parse(f.shown.map(printed), check(kind, { ...f.want, host, owner }).value as never) ?? {} }));
  const benign = cases.flatMap(({ want, observed }) => commands(kind, check(kind, { ...want, host, owner }).value, observed));
  const scripts = new Set(benign.map((argv) => argv[script(argv)]));
  const programs = new Set(benign.map(([program]) => program));
  const options = new Set(benign.flatMap((argv) => argv.filter((w) => w.startsWith("-"))));
  const leaves = cases.flatMap(({ want, observed }) => texts(want).filter((path) => !path.includes(RAW)).map((path) => ({ want, observed, path })));

  test("refuses a hostile text by the name of its property, or passes it on as one word that nothing takes for another", () => {
    fc.assert(
      fc.property(fc.constantFrom(...leaves), evil, ({ want, observed, path }, text) => {
        const { value, problems } = check(kind, { ...(replaced(want, path, text) as object), host, owner });
        if (problems.length > 0) return void expect(Object.keys(kind.shape)).toEqual(expect.arrayContaining(problems.map((p) => p.property.split(/[.[]/)[0])));
        for (const argv of commands(kind, value, observed)) {
          expect(programs).toContain(argv[0]);
          expect(argv.join("")).not.toContain("\0");
          const at = script(argv);
          if (at > 0) expect(scripts).toContain(argv[at]);
          argv.forEach((word, i) => {
            // After a script come its arguments, which it takes as they are.
            if (word.startsWith("-") && !(at > 0 && i > at) && !takesAnything.includes(argv[i - 1]!)) expect(options).toContain(word);
            if (/^\/(proc|run|sys|etc)\//.test(word)) expect(word.split("/")).not.toContain("..");
          });
          accepted.push(argv);
        }
      }),
      { numRuns: 120 },
    );
  });
});

/** Commands with hostile words that the kinds let pass. */
const accepted: Argv[] = [];

describe("the host's shell", () => {
  let stubs: string;
  beforeAll(() => {
    stubs = mkdtempSync(join(tmpdir(), "linuxnet-stubs-"));
  });
  afterAll(() => rmSync(stubs, { recursive: true, force: true }));

  test("runs exactly the words that were meant, and nothing else", async () => {
    const list = [...new Map(accepted.map((argv) => [JSON.stringify(argv), argv])).values()];
    expect(list.length).toBeGreaterThan(200);
    const log = join(stubs, "log");
    // Each stub writes down its own name, how many words it was given, and these; of a batch also the lines.
    const stub = `#!/bin/sh
{ printf '%s\\0' "\${0##*/}" $# "$@"
case " $* " in *" -batch - ") while read -r line; do printf '%s\\0' "$line"; done ;; esac
printf '%s\\0' linuxnet-next; } >>${log}
`;
    for (const program of new Set(list.map(([program]) => program!.split("/").at(-1)!))) {
      writeFileSync(join(stubs, program), stub);
      chmodSync(join(stubs, program), 0o755);
    }
    const shell = localShell({ PATH: stubs }, stubs);
    try {
      // Many in a request: what can share a process does.
      for (let i = 0; i < list.length; i += 20) {
        writeFileSync(log, "");
        const some = list.slice(i, i + 20);
        expect((await shell.run(some)).rc).toBe(0);
        expect(record(log)).toEqual(some.flatMap(plainly));
      }
    } finally {
      await shell.close();
    }
  });
});

/** A command as the stubs write it down; the format of what it prints is a matter of the whole process. */
const plainly = (argv: Argv) => [argv.filter((word) => word !== "-j" && word !== "-d")];

function record(log: string): string[][] {
  const words = readFileSync(log, "utf8").split("\0");
  const found: string[][] = [];
  for (let i = 0; i < words.length - 1; ) {
    const [program, count] = [words[i]!, Number(words[i + 1])];
    const args = words.slice(i + 2, i + 2 + count);
    i += 2 + count;
    const lines: string[] = [];
    for (; words[i] !== "linuxnet-next"; i++) lines.push(words[i]!);
    i++;
    if (lines.length === 0) found.push(...plainly([program, ...args]));
    else for (const line of lines) found.push(...plainly([program, ...args.slice(0, args.indexOf("-batch")), ...line.split(" ")]));
  }
  return found;
}
