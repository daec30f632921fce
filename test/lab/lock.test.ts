import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alive, locked } from "../../lab/lock.js";

const lock = resolve(__dirname, "../../dist/lab/lock.js");
let at: string;
beforeAll(() => void (at = mkdtempSync(join(tmpdir(), "linuxnet-lock-"))));
afterAll(() => rmSync(at, { recursive: true, force: true }));

/** A process that runs `script`, with `locked` and `sleep` at hand. */
function child(script: string) {
  const head = `const { locked } = require(${JSON.stringify(lock)}); const fs = require("fs"); const sleep = (n) => new Promise((r) => setTimeout(r, n));`;
  const process_ = spawn(process.execPath, ["-e", `${head} (async () => { ${script} })()`], { stdio: ["ignore", "pipe", "inherit"] });
  return { process: process_, said: new Promise((r) => process_.stdout.once("data", r)), done: new Promise((r) => process_.on("close", r)) };
}

test("one process at a time holds it, and nothing of it stays", async () => {
  const file = join(at, "turns");
  const log = join(at, "turns.log");
  writeFileSync(log, "");
  const script = `for (let i = 0; i < 5; i++) await locked(${JSON.stringify(file)}, async () => { fs.appendFileSync(${JSON.stringify(log)}, "("); await sleep(5); fs.appendFileSync(${JSON.stringify(log)}, ")"); }, { every: 1 })`;
  await Promise.all([1, 2, 3].map(() => child(script).done));
  expect(readFileSync(log, "utf8")).toBe("()".repeat(15));
  expect(readdirSync(at)).toEqual(["turns.log"]);
});

test("it also keeps apart two parts of one process", async () => {
  let inside = 0;
  const work = async () => {
    expect(++inside).toBe(1);
    await new Promise((r) => setTimeout(r, 5));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => locked(join(at, "own"), work, { every: 1 })));
});

test("a holder that was killed does not hold it any more, however many want it then", async () => {
  const file = join(at, "stale");
  const log = join(at, "stale.log");
  writeFileSync(log, "");
  const holder = child(`await locked(${JSON.stringify(file)}, async () => { console.log("mine"); await sleep(60000); })`);
  await holder.said;
  expect(alive(readFileSync(file, "utf8"))).toBe(true);
  holder.process.kill("SIGKILL");
  await holder.done;
  const heir = `await locked(${JSON.stringify(file)}, async () => { fs.appendFileSync(${JSON.stringify(log)}, "("); await sleep(5); fs.appendFileSync(${JSON.stringify(log)}, ")"); }, { every: 1 })`;
  await Promise.all([1, 2, 3, 4].map(() => child(heir).done));
  expect(readFileSync(log, "utf8")).toBe("()()()()");
  expect(readdirSync(at).filter((f) => f.startsWith("stale"))).toEqual(["stale.log"]);
});

test("a pid that another process has by now is not the holder", () => {
  expect(alive(`${process.pid}-1`)).toBe(process.platform !== "linux");
  expect(alive("nonsense")).toBe(false);
});

test("work that throws gives it back", async () => {
  await expect(locked(join(at, "throws"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(locked(join(at, "throws"), async () => 1)).resolves.toBe(1);
});
