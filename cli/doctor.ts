import { Command } from "commander";
import { checkShape } from "../provider/check.js";
import { connectionShape, machine, type Connection } from "../provider/host/connection.js";
import { examine } from "../provider/host/examine.js";
import type { Finding } from "../provider/host/findings.js";
import { closeAll, sessionFor } from "../provider/host/pool.js";
import { sudoers } from "../provider/sudo/sudoers.js";
import { report } from "./report.js";
import { hostsOfStack } from "./stack.js";

/** What is said on the command line of how to get in, for all hosts alike. */
interface Options extends Partial<Omit<Connection, "ssh">> {
  stack?: string | true;
  json?: boolean;
  sudoCommands?: boolean;
  sudoers?: string;
  kinds?: string;
}

/** A host and how it is. */
export interface Examined {
  host: string;
  findings: Finding[];
}

export function doctor(): Command {
  return new Command("doctor")
    .description("look at hosts and say what keeps linuxnet from working there, before anything is changed")
    .argument("[host...]", "hosts as one gives them to ssh")
    .option("--stack [name]", "the hosts in the configuration of a Pulumi stack, the selected one or another (`hosts`, as the examples have it)")
    .option("--ssh-config <file>", "ssh configuration to use instead of your own")
    .option("--user <name>", "user to log in as")
    .option("--port <number>", "port of the SSH servers", Number)
    .option("--identity-file <file>", "private key")
    .option("--known-hosts <file>", "known_hosts file")
    .option("--no-verify-host-key", "accept any host key, also an attacker's")
    .option("--sudo", "become root by sudo after the login")
    .option("--sudo-commands", "run by sudo just the commands that need it")
    .option("--json", "print JSON")
    .option("--sudoers <user>", 'print a sudoers file with what this user needs on hosts with `sudo: "commands"`, and look at no host')
    .option("--kinds <list>", "with --sudoers: only for these kinds of resources, such as Vxlan,Bridge,Routes")
    .addHelpText("after", "\nThe exit status is 1 where something cannot work, 0 where there is nothing worse than a warning.")
    .action(async (names: string[], { stack, json, sudoCommands, sudoers: user, kinds, ...options }: Options) => {
      if (user !== undefined) return void process.stdout.write(sudoers(user, kinds?.split(/[\s,]+/).filter(Boolean)));
      if (kinds !== undefined) throw new Error("--kinds goes with --sudoers: linuxnet doctor --sudoers USER --kinds Vxlan,Bridge");
      const given = [...names.map((ssh) => ({ ssh })), ...(stack ? await hostsOfStack(stack === true ? undefined : stack) : [])];
      if (given.length === 0) throw new Error("Name the hosts, or give --stack: linuxnet doctor node-a.example node-b.example");
      const connections = given.map((host) => connectionOf({ ...options, ...(sudoCommands && { sudo: "commands" }), ...host }));
      const all = await Promise.all(connections.map(look)).finally(closeAll);
      process.stdout.write(json ? `${JSON.stringify({ hosts: all }, null, 2)}\n` : report(all));
      if (all.some(({ findings }) => findings.some(({ level }) => level === "fault"))) process.exitCode = 1;
    });
}

function connectionOf(given: Record<string, unknown>): Connection {
  const { value, problems } = checkShape(connectionShape, given);
  if (problems.length > 0) throw new Error(problems.map(({ property, reason }) => `${property} ${reason}`).join("\n"));
  return value as Connection;
}

async function look(connection: Connection): Promise<Examined> {
  const host = machine(connection);
  try {
    return { host, findings: await examine(await sessionFor(connection)) };
  } catch (error) {
    return { host, findings: [{ subject: "login", level: "fault", found: (error as Error).message.replace(`${host}: `, "") }] };
  }
}
