#!/usr/bin/env node
import { delimiter, resolve } from "node:path";
import { engineEnv } from "./engine.js";
import { hand } from "./hand.js";

/** Runs a command of the package (`vitest`, `pulumi`) with the engine on PATH, and ends as it ends. */
async function main([command, ...args]: string[]): Promise<number> {
  if (!command) throw new Error("usage: with-engine COMMAND [ARGUMENT…]");
  const bins = resolve(process.cwd(), "node_modules", ".bin");
  const path = [bins, process.env.PATH].join(delimiter);
  return hand([command, ...args], await engineEnv({ ...process.env, PATH: path }));
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
