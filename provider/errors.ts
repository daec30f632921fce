import { word } from "./host/shell.js";
import type { Argv } from "./kind.js";

/** What a failed command means, whatever the words of the tool that said it. */
export type Reason = "absent" | "exists" | "unsupported" | "denied" | "busy" | "invalid" | "other";

const meanings: readonly { says: RegExp; reason: Reason; hint?: string }[] = [
  { says: /^sudo: a (password|terminal) is required|^Sorry, user .* is not allowed|is not in the sudoers file/m, reason: "denied", hint: "The host's sudoers do not name this command: see that they have what `npx linuxnet doctor --sudoers USER` prints, with the program's kinds (sudo 1.9.10 or later)" },
  { says: /Cannot open network namespace|Invalid "netns" value/i, reason: "absent", hint: "The network namespace is not there: wire it as `netns: ns.name`, so that it is made first" },
  { says: /No chain\/target\/match by that name|is incompatible, use 'nft' tool/i, reason: "absent", hint: "Wire the property that names the chain to the resource that makes it (`toChain: chain.name`), so that it is made first" },
  { says: /holding the xtables lock/i, reason: "busy", hint: "Something else on the host has changed its firewall for half a minute: try again" },
  { says: /exec of ".+" failed|: (command )?not found$/im, reason: "unsupported", hint: "The host lacks this command: install it there" },
  { says: /does not exist|Cannot find (bridge )?device|no device matches name|dd: .*\/proc\/sys\/.*No such file|FIB table does not exist/i, reason: "absent", hint: "Wire the property that names it to the resource that makes it, so that it is made first" },
  { says: /No such (file or directory|process|device)|Cannot assign requested address/i, reason: "absent" },
  { says: /File exists|already exists|already assigned|Address already in use/i, reason: "exists" },
  { says: /Unknown device type|Operation not supported|not supported by protocol/i, reason: "unsupported", hint: "The host's kernel lacks this: load or install the module (on Debian cloud images: the full linux-image package)" },
  { says: /Operation not permitted|Permission denied|Read-only file system/i, reason: "denied", hint: "linuxnet must be root on the host: log in as root, or set `sudo: true` on the Host" },
  { says: /Device or resource busy/i, reason: "busy" },
  { says: /Nexthop has invalid gateway|Network is unreachable/i, reason: "invalid", hint: "No address on the link reaches the gateway: add the address first (dependsOn), or set `onlink: true`" },
  { says: /Device for nexthop is not up|Network is down/i, reason: "invalid", hint: "The link must be up before routes or other links can use it" },
  { says: /Invalid argument|out of range|is wrong|garbage|Invalid prefix|validation/i, reason: "invalid" },
];

/** The meaning of what a command wrote on stderr. */
export function meaning(stderr: string): { reason: Reason; hint?: string } {
  return meanings.find((m) => m.says.test(stderr)) ?? { reason: "other" };
}

/** A command as a person would type it, a script of several lines cut short; for messages only, never to be run. */
export function typed(argv: Argv): string {
  const isScript = (i: number) => ((argv[i - 2] === "sh" && argv[i - 1] === "-c") || argv[i - 1] === "eval") && argv[i]!.includes("\n");
  return argv.map((a, i) => (isScript(i) ? "…" : word(a))).join(" ");
}

/** Everything that a failure on a host has to say: where, what for, the command, what it answered, what to do. */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly reason: Reason;
  readonly summary: string;

  constructor(
    readonly host: string,
    readonly what: string,
    /** `done` counts the commands that succeeded before the one that failed. */
    readonly detail: { command?: Argv; stderr?: string; hint?: string; done?: number } = {},
  ) {
    const stderr = detail.stderr?.trim().replaceAll(/\s*\n\s*/g, "; ");
    const known = meaning(stderr ?? "");
    const hint = detail.hint ?? known.hint;
    const summary = [what, stderr].filter(Boolean).join(": ");
    const said = `${host}: ${summary}${detail.command ? ` (command: ${typed(detail.command)})` : ""}`;
    super(hint ? `${said.replace(/\.$/, "")}. ${hint}` : said);
    this.reason = known.reason;
    this.summary = summary;
  }
}

/** A create or update that left something on the host: what is there goes into the state. */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";
  constructor(
    readonly id: string,
    readonly outputs: Record<string, unknown>,
    cause: Error,
  ) {
    super(cause.message, { cause });
  }
}
