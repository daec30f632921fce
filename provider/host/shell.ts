import type { Argv } from "../kind.js";

/** Quotes one argument for a POSIX shell. A shell cannot hold a NUL. */
export function quote(word: string): string {
  if (word.includes("\0")) throw new Error(`an argument holds a NUL character: ${JSON.stringify(word)}`);
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * What a session's shell is told first. The register under /run/linuxnet says who made what and what was found there;
 * it goes with a reboot, as the objects do. Its functions are shell built-ins, so they cost no process.
 */
export function preamble(): string {
  return `
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
unset BASH_ENV ENV
linuxnet_claimed() { if [ -f "/run/linuxnet/$1" ]; then IFS= read -r claim <"/run/linuxnet/$1"; printf '%s\\n' "$claim"; fi; }
linuxnet_claim() { [ -d /run/linuxnet ] || mkdir -p -m 755 /run/linuxnet; printf '%s\\n' "$2" >"/run/linuxnet/$1"; }
linuxnet_unclaim() { rm -f "/run/linuxnet/$1"; rmdir /run/linuxnet 2>/dev/null || :; }
`;
}

/** One request to the shell: commands that stop at the first that fails, then a mark on each of its two streams. */
export function frame(mark: string, id: number, commands: readonly Argv[], options: { stdin?: Buffer; seconds?: number } = {}): string {
  const limit = options.seconds === undefined ? "" : `timeout -k 2 ${options.seconds} `;
  const steps = commands.map((argv, i) => `${limit}${argv.map(quote).join(" ")} && linuxnet_done=${i + 1}`);
  const input = options.stdin ? `printf %s ${quote(options.stdin.toString("base64"))} | base64 -d | ` : "";
  // A pipeline's last part runs in a process of its own: the count comes back by its exit status only where there is no input.
  const body = options.stdin ? `${input}{ ${commands.map((argv) => limit + argv.map(quote).join(" ")).join(" && ")}; }` : `{ ${steps.join(" && ")}; } </dev/null`;
  return `linuxnet_done=0; ${body}; printf '\\n${mark} ${id} %d %d\\n' $? $linuxnet_done; printf '\\n${mark} ${id}\\n' >&2\n`;
}
