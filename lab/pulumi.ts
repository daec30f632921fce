#!/usr/bin/env node
import { engineEnv } from "./engine.js";
import { hand } from "./hand.js";
import { withLocalState } from "./local-state.js";

/** Runs the Pulumi CLI with the engine on PATH, its state in this clone where the person has chosen no other place. */
engineEnv()
  .then((env) => hand(["pulumi", ...process.argv.slice(2)], withLocalState(env)))
  .then(
    (code) => (process.exitCode = code),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
