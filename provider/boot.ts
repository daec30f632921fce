import type { Properties } from "./handlers.js";
import { word } from "./host/shell.js";
import { titleOf, type Argv, type Kind } from "./kind.js";
import { made as madeBy } from "./mark.js";
import type { Part } from "./model.js";
import { claimFile } from "./register.js";

/** How often the script tries what does not work yet, and the seconds between: links of a host may come up late. */
const PASSES = 30;
const PAUSE = 2;

const START = `
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
exec </dev/null
register=/run/linuxnet
claims=$(dirname "$0")/claims

# CLAIM TITLE OWNER [adopt]: makes an object that the register does not know, and puts its claim back.
restore() {
  [ ! -e "$register/$1" ] || return 0
  if said=$(make 2>&1) || { [ "$4" = adopt ] && exists && said=$(change 2>&1); }; then
    copy "$claims/$1" "$register/$1" || printf '%s\\n' "$3" >"$register/$1"
  else
    failed="$failed$2: $said
"
  fi
}
exists() { case $said in *"File exists"* | *"already exists"* | *"already assigned"*) ;; *) return 1 ;; esac }
copy() { { IFS= read -r line <"$1"; } 2>/dev/null && printf '%s\\n' "$line" >"$2"; }
`;

const END = `
case \${1-} in
save)
  rm -rf "$claims"
  mkdir -m 700 "$claims" || exit
  restore() { [ ! -e "$register/$1" ] || copy "$register/$1" "$claims/$1"; }
  pass
  exit
  ;;
esac
[ -d "$register" ] || mkdir -p -m 755 "$register"
passes=1
until failed=; pass; [ -z "$failed" ]; do
  if [ $passes -ge ${PASSES} ]; then printf %s "$failed" >&2; exit 1; fi
  passes=$((passes + 1))
  sleep ${PAUSE}
done
`;

/** Whose a script is, in its second line. */
const mark = (owner: string) => `# linuxnet ${JSON.stringify({ owner })}`;

/** Whose a script says that it is. */
export function ownerOfScript(script: string): string | undefined {
  const found = /^.*\n# linuxnet (\{.*\})\n/.exec(script)?.[1];
  return found && (JSON.parse(found) as { owner: string }).owner;
}

/**
 * A script for a host that makes again, after a reboot, what a program has on it. Parts come in an order in which they can be made.
 * Nothing in it knows one kind from another.
 */
export function bootScript(owner: string, parts: readonly Part[]): string {
  const texts = new Map<string, string>();
  /** A word of a command; one of several lines is said once, before all commands. */
  const spelt = (text: string): string => {
    if (!text.includes("\n")) return word(text);
    if (!texts.has(text)) texts.set(text, `text${texts.size + 1}`);
    return `"$${texts.get(text)}"`;
  };
  const command = (argv: Argv) => (argv.input === undefined ? "" : `printf %s ${spelt(argv.input)} | `) + argv.map(spelt).join(" ");
  const body = parts.map((part) => restored(part, command)).join("\n");
  return `#!/bin/sh
${mark(owner)}
# Makes again, after a reboot, what this stack has on this host. Each \`pulumi up\` writes it anew.
#   sh restore       makes what is missing; what does not work is tried again for a minute
#   sh restore save  keeps for the next boot what the register in /run/linuxnet says of each object
${START}${[...texts].map(([text, name]) => `\n${name}=${word(text)}\n`).join("")}
pass() {
:

${body}
}
${END}`;
}

/** The functions that make a part, and the line that has it restored. */
function restored({ kind, want }: Part, command: (argv: Argv) => string): string {
  const adopts = want.adopt === true && !kind.borrowed;
  const made = kind.borrowed ? settled(kind, want) : madeBy(kind, want);
  const make = kind.outlivesReboot?.(want as never) ? [] : made.map(command);
  // What is made half stands in the way of the next pass.
  const undo = kind.borrowed || make.length < 2 ? [] : kind.del(want as never, want).map(command);
  const change = adopts ? `change() {\n${inRow(settled(kind, want).map(command))}\n}\n` : "";
  const [claim, title, owner] = [claimFile(kind.objects(want as never)[0]), titleOf(kind, want), JSON.stringify({ owner: want.owner })].map(word);
  return `make() {\n${inRow(make, undo)}\n}\n${change}restore ${claim} ${title} ${owner}${adopts ? " adopt" : ""}\n`;
}

/** Commands that give an object that is there all that is declared of it. */
function settled(kind: Kind, want: Properties): Argv[] {
  const fixed: readonly string[] = [...kind.identity, ...(kind.immutable ?? [])];
  return kind.set(want as never, Object.keys(kind.shape).filter((key) => want[key] !== undefined && !fixed.includes(key)), {});
}

/** Commands one after the other, up to the first that fails; what the ones before it made is then undone. */
function inRow([first = ":", ...rest]: readonly string[], undo: readonly string[] = []): string {
  if (rest.length === 0) return first;
  const others = rest.join(" &&\n");
  return `${first} || return\n${undo.length === 0 ? others : `${others} || { ${undo.join("; ")}; return 1; }`}`;
}
