import type { Argv } from "../kind.js";
import { bySudo } from "../sudo/rights.js";

/** Quotes one argument for a POSIX shell. A shell cannot hold a NUL. */
export function quote(word: string): string {
  if (word.includes("\0")) throw new Error(`an argument holds a NUL character: ${JSON.stringify(word)}`);
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An argument as a person would type it: quoted where a shell would read something else. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quote(text);
}

/**
 * What a session's shell is told first. The register under /run/linuxnet says who made what and what was found there;
 * it goes with a reboot, as the objects do. Reading it costs no process, nor does writing it as root; with `sudo`, root's own commands write it.
 */
export function preamble(sudo = false): string {
  const root = sudo ? "sudo -n " : "";
  const write = sudo ? `printf '%s\\n' "$2" | sudo -n dd of="/run/linuxnet/$1" bs=64k status=none` : `printf '%s\\n' "$2" >"/run/linuxnet/$1"`;
  return `${sudo ? "umask 022" : ""}
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
unset BASH_ENV ENV
linuxnet_read() { claim=; [ ! -f "/run/linuxnet/$1" ] || IFS= read -r claim <"/run/linuxnet/$1"; }
linuxnet_claimed() { linuxnet_read "$1"; [ -z "$claim" ] || printf '%s\\n' "$claim"; }
linuxnet_claim() { linuxnet_read "$1" || [ -r "/run/linuxnet/$1" ] || return; if [ "$claim" != "$3" ]; then printf 'the register says meanwhile: %s\\n' "$claim" >&2; return 1; fi; [ -d /run/linuxnet ] || ${root}mkdir -p -m 755 /run/linuxnet; ${write}; }
linuxnet_unclaim() { if [ -f "/run/linuxnet/$1" ]; then ${root}rm -f "/run/linuxnet/$1"; set -- /run/linuxnet/*; [ -e "$1" ] || ${root}rmdir /run/linuxnet 2>/dev/null || :; fi; }
`;
}

/** Options of `ip` and `bridge` that hold for every line of a batch alike. */
const FAMILIES = ["-4", "-6"];
const FORMATS = ["-j", "-d"];

/** A command of iproute2 as a line of a batch: commands with one `lane` can share a process. */
interface Line {
  lane: string[];
  formats: string[];
  words: readonly string[];
}

/** Reads a command as a line of a batch; undefined where it is none, or holds what a batch would read otherwise than a shell. */
function line(argv: Argv): Line | undefined {
  const [tool] = argv;
  if ((tool !== "ip" && tool !== "bridge") || argv.input !== undefined || !argv.every((w) => /^[\w.:/@+,=-]+$/.test(w))) return undefined;
  const found: Line = { lane: [tool], formats: [], words: [] };
  let i = 1;
  for (; argv[i]?.startsWith("-"); i++) {
    const option = argv[i]!;
    if (option === "-n") found.lane.push(option, argv[++i]!);
    else if (FAMILIES.includes(option)) found.lane.push(option);
    else if (FORMATS.includes(option)) found.formats.push(option);
    else return undefined;
  }
  return { ...found, words: argv.slice(i) };
}

/** Commands in a row that one process can do. */
interface Group {
  commands: Argv[];
  lines?: Line[];
}

/** Starting `ip` costs more than what it then does. */
function batches(commands: readonly Argv[]): Group[] {
  const groups: Group[] = [];
  for (const argv of commands) {
    const as = line(argv);
    const last = groups.at(-1);
    if (as && last?.lines && String(last.lines[0]!.lane) === String(as.lane)) {
      last.lines.push(as);
      last.commands.push(argv);
    } else groups.push({ commands: [argv], lines: as && [as] });
  }
  return groups;
}

const END = "linuxnet_end";

/** Commands in a row, as shell: the first that fails ends it. `$linuxnet_done` counts those that succeeded, a batch when all of it did. */
export function inRow(commands: readonly Argv[]): string {
  return joined(batches(commands));
}

/** The shell's own printf is no process, so nobody sees what a command reads. */
export const plain = (argv: Argv, before = "") => (argv.input === undefined ? "" : `printf %s ${quote(argv.input)} | `) + before + argv.map(quote).join(" ");

/** One request to the shell: commands that stop at the first that fails, then a mark on each of its two streams. With `sudo`, each that needs root is run by it, alone: what a batch holds sudo does not see. */
export function frame(mark: string, id: number, commands: readonly Argv[], options: { stdin?: Buffer; seconds?: number; sudo?: boolean } = {}): string {
  const limit = options.seconds === undefined ? "" : `timeout -k 2 ${options.seconds} `;
  const before = (argv: Argv) => limit + (options.sudo && bySudo(argv) ? "sudo -n " : "");
  const marks = `printf '\\n${mark} ${id} %d %d\\n' $? $linuxnet_done; printf '\\n${mark} ${id}\\n' >&2\n`;
  if (options.stdin) {
    // A pipeline's last part is a process of its own, so how far it came is known only when all went well.
    return `linuxnet_done=0; printf %s ${quote(options.stdin.toString("base64"))} | base64 -d | { ${commands.map((c) => plain(c, before(c))).join(" && ")}; }; ${marks}`;
  }
  const groups = limit || options.sudo ? commands.map((c) => ({ commands: [c] })) : batches(commands);
  return `linuxnet_done=0; ${joined(groups, before)} </dev/null; ${marks}`;
}

/** Each group after the one before, with what it has counted. */
function joined(groups: Group[], before = (_: Argv) => ""): string {
  let done = 0;
  const steps = groups.map((group) => {
    done += group.commands.length;
    const together = group.lines && group.lines.length > 1 ? batch(group.lines) : { text: plain(group.commands[0]!, before(group.commands[0]!)), body: "" };
    return { text: `${together.text} && linuxnet_done=${done}`, body: together.body };
  });
  return `{ ${steps.map((s) => s.text).join(" && ") || ":"}\n${steps.map((s) => s.body).join("")}}`;
}

function batch(lines: Line[]): { text: string; body: string } {
  const formats = FORMATS.filter((f) => lines.some((l) => l.formats.includes(f)));
  const [tool, ...rest] = lines[0]!.lane;
  return { text: `${[tool, ...rest, ...formats, "-batch", "-"].join(" ")} <<'${END}'`, body: `${lines.map((l) => l.words.join(" ")).join("\n")}\n${END}\n` };
}

/** Takes the line number of a batch's failed command out of what it wrote on stderr: how many before it were done. */
export function readBatchFailure(stderr: string): { stderr: string; done: number } {
  const failed = /^Command failed -:(\d+)\n?/m.exec(stderr);
  return failed ? { stderr: stderr.replace(failed[0], ""), done: Number(failed[1]) - 1 } : { stderr, done: 0 };
}
