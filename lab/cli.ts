#!/usr/bin/env node
import { Command, Option } from "commander";
import { hand } from "./hand.js";
import { boot, down, info, kill, up, type LabInfo } from "./lab.js";
import { hostPlan } from "./plan.js";
import { kernels, type Kernel } from "./sorts.js";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The hosts of a lab as a table. */
function table(lab: LabInfo): string {
  const rows = lab.hosts.map((h) => [h.name, h.pid ? "on" : "off", h.kernel, h.address, h.address6, String(h.pid ?? "-"), `ssh -F ${lab.sshConfig} ${h.name}`]);
  const all = [["host", "state", "kernel", "address", "address6", "pid", "ssh"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()).join("\n");
}

const program = new Command("lab").description("Hosts to try things on, in a network namespace of their own").enablePositionalOptions();
const named = (command: Command) => command.option("--name <name>", "which lab; several are side by side", process.env.LINUXNET_LAB ?? "lab");
const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : NaN);

named(program.command("up").description("boot the hosts (idempotent)").argument("[n]", "how many hosts, 1 to 8", number, 2))
  .addOption(new Option("--kernel <whose>", "new hosts are User-Mode Linux guests, or namespaces of this machine's kernel: quicker, with what that kernel has").choices(kernels))
  .option("--disks", "give new hosts a disk, so that what they write outlives a power cut")
  .action(async (n: number, { name, kernel, disks }: { name: string; kernel?: Kernel; disks?: boolean }) => {
    const running = (lab?: LabInfo) => lab?.hosts.filter((h) => h.pid).length ?? 0;
    const before = running(info(name));
    const lab = await up({ name, hosts: n, kernel, disks, onProgress: say });
    if (running(lab) === before) say(`the lab "${name}" is up already, with ${before} host${before === 1 ? "" : "s"}`);
    console.log(table(lab));
  });

named(program.command("down").description("take the lab away, whatever state it is in")).action(async ({ name }: { name: string }) => {
  say((await down(name)) ? `the lab "${name}" is gone` : `there is no lab "${name}"`);
});

named(program.command("kill").description("cut the power of a host").argument("<k>", "which host", number)).action(
  async (k: number, { name }: { name: string }) => say(`host${k} ${(await kill(name, k)) ? "is off" : "was off already"}`),
);

named(program.command("boot").description("boot a host again").argument("<k>", "which host", number)).action(
  async (k: number, { name }: { name: string }) => boot(name, k, say),
);

named(program.command("status").description("print the hosts, their state and how to reach them")).action(({ name }: { name: string }) => {
  const lab = info(name);
  if (lab) console.log(table(lab));
  else say(`the lab "${name}" is not up: run \`npm run lab -- up\``);
  process.exitCode = lab ? 0 : 1;
});

named(program.command("ssh").description("a shell on a host, or one command").argument("<k>", "which host", number).argument("[command...]"))
  .passThroughOptions()
  .action(async (k: number, command: string[], { name }: { name: string }) => {
    const lab = info(name);
    if (!lab) throw new Error(`The lab "${name}" is not up: run \`npm run lab -- up\``);
    process.exitCode = await hand(["ssh", "-F", lab.sshConfig, hostPlan(name, k).name, ...command]);
  });

program.parseAsync().catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
