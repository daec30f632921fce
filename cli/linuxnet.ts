#!/usr/bin/env node
import { Command } from "commander";
import { doctor } from "./doctor.js";

const program = new Command("linuxnet").description("Kernel networks of Linux hosts, over SSH").addCommand(doctor());

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
