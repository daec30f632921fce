import { z } from "zod";
import { text } from "../fields.js";
import { defineKind, type Argv } from "../kind.js";

/** A link's name in which `*` and `?` stand for others; of the rest of what a name may hold, what every manager's configuration takes as it is. */
const pattern = text((v) => {
  if (!/^[\w.@+*?][\w.@+*?-]*$/.test(v)) return `"${v}" is not a link's name or a pattern of such names: letters, digits, any of "_.@+-", and "*" and "?" for what may differ`;
  const least = v.replaceAll("*", "").length;
  return least > 15 ? `"${v}" stands for names of ${least} bytes; a link's name has 15 at most` : undefined;
});

export const unmanagedLinksShape = {
  /** What the files are named after: up to 64 letters, digits, "_" and "-". Another name is another set of files. */
  name: text((v) => (/^[A-Za-z0-9][\w-]{0,63}$/.test(v) ? undefined : `"${v}" is not 1 to 64 letters, digits, "_" and "-"`)),
  /** Names of the links that are to be left alone, with `*` and `?` as in file names: `br245`, `veth*`. None may stand for the uplink: the managers would let go of it. */
  links: z.array(pattern).min(1, "names no link"),
  /** Whether they are left alone after a reboot too: files in /etc instead of /run. Default: false. */
  persistent: z.boolean().default(false),
};

type Want = { [K in keyof typeof unmanagedLinksShape]: z.output<(typeof unmanagedLinksShape)[K]> };

const head = "# Made by linuxnet, and taken away with the resource that it belongs to.\n";

/** The files, each with what it says of the links: systemd.network(5), systemd.link(5), networkd.conf(5), NetworkManager.conf(5). */
function files({ name, links, persistent }: Want): [path: string, text: string][] {
  const root = persistent ? "/etc" : "/run";
  const globs = links.join(" ");
  const specs = links.map((link) => `interface-name:${link}`).join(";");
  // The first .network and .link that match a link count, of the rest what is read last.
  return [
    [`${root}/systemd/network/00-linuxnet-${name}.network`, `${head}[Match]\nName=${globs}\n\n[Link]\nUnmanaged=yes\n`],
    [`${root}/systemd/network/00-linuxnet-${name}.link`, `${head}[Match]\nOriginalName=${globs}\n\n[Link]\nMACAddressPolicy=none\n`],
    [`${root}/systemd/networkd.conf.d/99-linuxnet-${name}.conf`, `${head}[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n`],
    // The list is heeded for links that are there, the section even where files that are read later have a list of their own.
    [`${root}/NetworkManager/conf.d/99-linuxnet-${name}.conf`, `${head}[keyfile]\nunmanaged-devices+=${specs}\n\n[device-linuxnet-${name}]\nmatch-device=${specs}\nmanaged=0\n`],
  ];
}

/** Has the managers that run read their configuration again. */
const RELOAD = `
reload() {
  for process in /proc/[0-9]*; do
    { read -r comm <"$process/comm"; } 2>/dev/null || continue
    [ ! -e "$process/ns/net" ] || [ "$process/ns/net" -ef /proc/self/ns/net ] || continue
    case $comm in
    systemd-network) networkctl reload || return ;;
    systemd-udevd) udevadm control --reload || return ;;
    NetworkManager) nmcli general reload conf || return ;;
    esac
  done
}
`;

/** Prints each file after its path, its lines indented. */
const SHOW = `
for file; do
  [ -f "$file" ] || continue
  echo "$file"
  sed 's/^/ /' "$file"
done
`;

const FOLDERS = "# Folders made for it:";

/** Writes files that are told as SHOW prints them. The last one also says which folders had to be made. Systemd and NetworkManager read them as other users than root. */
const WRITE = `${RELOAD}
umask 022
made=$1 file=
folder() { [ -d "$1" ] || { folder "\${1%/*}" && mkdir "$1" && made="$made $1"; }; }
write() { [ -z "$file" ] || { folder "\${file%/*}" && printf %s "$text" | tee "$file" >/dev/null; }; }
while IFS= read -r line; do
  case $line in
  /*) write || exit; file=$line text= ;;
  *) text="$text\${line# }
" ;;
  esac
done
folder "\${file%/*}" && text="$text${FOLDERS} \${made# }
" && write || exit
reload
`;

/** Takes the files away, and of the folders that were made those that are empty then. */
const REMOVE = `${RELOAD}
inner=; for folder in $1; do inner="$folder $inner"; done; shift
rm -f "$@" || exit
for folder in $inner; do rmdir "$folder" 2>/dev/null; done
reload
`;

const script = (text: string, ...args: string[]): Argv => ["sh", "-c", text, "linuxnet", ...args];

function write(want: Want, made = ""): Argv {
  const input = files(want).map(([path, text]) => [path, ...text.trimEnd().split("\n").map((line) => ` ${line}`), ""].join("\n")).join("");
  return Object.assign([...script(WRITE, made)], { input });
}

/** Reads what SHOW printed: the files, and the folders that were made for them. */
function read(shown: string): { found: Map<string, string>; made: string } {
  const found = new Map<string, string>();
  let [path, made] = ["", ""];
  for (const line of shown.split("\n").filter(Boolean)) {
    if (!line.startsWith(" ")) found.set((path = line), "");
    else if (line.startsWith(` ${FOLDERS}`)) made = line.slice(FOLDERS.length + 1).trim();
    else found.set(path, `${found.get(path)}${line.slice(1)}\n`);
  }
  return { found, made };
}

/** Whether a pattern stands for a name. */
function standsFor(glob: string, name: string): boolean {
  return new RegExp(`^${glob.replaceAll(/[.+]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
}

export const unmanagedLinks = defineKind({
  name: "UnmanagedLinks",
  shape: unmanagedLinksShape,
  outputs: [],
  identity: ["name", "persistent"],
  beside: ["name", "persistent"],
  rules: (want, facts) =>
    want.links.flatMap((glob, i) => (facts && standsFor(glob, facts.uplink) ? [{ property: `links[${i}]`, reason: `"${glob}" stands for the uplink ${facts.uplink} as well, which network managers would then let go of` }] : [])),
  outlivesReboot: (want) => want.persistent,
  objects: (want) => [`unmanaged-links ${want.persistent ? "/etc" : "/run"} ${want.name}`],
  show: (want) => [script(SHOW, ...files(want).map(([path]) => path))],
  parse: ([shown], want) => {
    const { found, made } = read(shown ?? "");
    if (found.size === 0) return undefined;
    const named: string[] = [...found.values()].map((text) => /^Name=(.+)$/m.exec(text)?.[1]).find(Boolean)?.split(" ") ?? [];
    // Files that one of them is missing from, or that a hand changed, leave no link alone for certain.
    const whole = files({ ...want, links: named }).every(([path, text]) => found.get(path) === text);
    return { name: want.name, persistent: want.persistent, links: named.filter(() => whole), made };
  },
  add: (want) => [write(want)],
  set: (want, _changed, observed) => [write(want, observed.made as string)],
  del: (want, observed) => [script(REMOVE, observed.made as string, ...files(want).map(([path]) => path))],
});
