import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");

/** The provider as JavaScript in a folder of its own, for a Node process to run as a user's would. */
export function compiledProvider(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "linuxnet-provider-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const file of readdirSync(join(root, "provider"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
    const to = join(folder, "provider", file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(to), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(root, "provider", file), "utf8"), { compilerOptions: { module: ts.ModuleKind.Node16, target: ts.ScriptTarget.ES2022 }, fileName: file });
    writeFileSync(to, outputText);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
