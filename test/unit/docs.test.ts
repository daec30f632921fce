import { execa } from "execa";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = ["README.md", "CHANGELOG.md", "lab/README.md", ...["docs", "docs/adr"].flatMap((d) => readdirSync(join(root, d)).filter((f) => f.endsWith(".md")).map((f) => `${d}/${f}`))];

test("docs/resources.md and docs/components.md are what the sources say", async () => {
  const { stdout } = await execa("node", ["docs/make-reference.mjs", "--print"], { cwd: root });
  expect(`${read("docs/resources.md")}\n${read("docs/components.md")}`.trim()).toBe(stdout.trim());
});

test.each(pages)("every link in %s leads somewhere", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((m) => m[1]!);
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

test("every npm script that the pages name is there", () => {
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const named = pages.flatMap((p) => [...read(p).matchAll(/npm run (?:-s )?([\w:]+)/g)].map((m) => m[1]!));
  expect([...new Set(named)].filter((s) => !scripts.includes(s))).toEqual([]);
});

test("the program in the README and the examples compile", async () => {
  const folder = mkdtempSync(join(root, "examples/readme-"));
  try {
    writeFileSync(join(folder, "index.ts"), /```ts\n([^]*?)```/.exec(read("README.md"))![1]!);
    const { stdout } = await execa("node_modules/.bin/tsc", ["-p", "examples"], { cwd: root, reject: false });
    expect(stdout).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
