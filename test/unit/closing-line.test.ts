import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closingLine } from "../reporter.js";

test("counts are told in one line, what was skipped only where something was", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 }, 0)).toBe("3 passed, 0 failed");
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 }, 1)).toBe("3 passed, 1 failed, 2 skipped");
});

test("an exit code that no test explains is a failure", () => expect(closingLine({ passed: 3, failed: 0, skipped: 0 }, 1)).toBe("3 passed, 1 failed"));

describe("the closing line of a run", () => {
  const root = resolve(__dirname, "../..");
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "linuxnet-closing-"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "vitest.config.mjs"), `export default { test: { reporters: ["default", ${JSON.stringify(join(root, "test/reporter.ts"))}] } };`);
    mkdirSync(join(folder, "test"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The last line of what vitest prints for these test files, and its exit status. */
  function run(files: Record<string, string>, ...args: string[]): [string, number | null] {
    rmSync(join(folder, "test"), { recursive: true });
    mkdirSync(join(folder, "test"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "test", name), `import { beforeAll, describe, expect, test } from "vitest";\n${text}`);
    const { stdout, status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args], { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", VITEST: "", VITEST_WORKER_ID: "" } });
    return [stdout.trimEnd().split("\n").at(-1)!, status];
  }

  test("counts tests that pass, fail and are skipped", () => {
    expect(run({ "a.test.js": 'test("a", () => {}); test("b", () => expect(1).toBe(2)); test.skip("c", () => {}); test.todo("d");' })).toEqual(["1 passed, 1 failed, 2 skipped", 1]);
  });

  test("counts as failed what breaks outside of tests", () => {
    const files = {
      "good.test.js": 'test("a", () => {});',
      "broken.test.js": 'import "./nosuch.js";',
      "hook.test.js": 'describe("h", () => { beforeAll(() => { throw new Error("hook"); }); test("never", () => {}); });',
      "late.test.js": 'test("b", async () => { void Promise.reject(new Error("late")); await new Promise((r) => setTimeout(r, 50)); });',
    };
    expect(run(files)).toEqual(["2 passed, 3 failed, 1 skipped", 1]);
  });

  test("says that something failed where there is no test to run", () => expect(run({ "a.test.js": "" }, "nosuch")).toEqual(["0 passed, 1 failed", 1]));

  test("is the whole of its line when all is well", () => expect(run({ "a.test.js": 'test("a", () => {}); test("b", () => {});' })).toEqual(["2 passed, 0 failed", 0]));
});
