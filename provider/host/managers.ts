/** A network manager that runs on a host. */
export interface Manager {
  /** Such as `systemd-networkd` or `NetworkManager`. */
  name: string;
  /** What its configuration, but for linuxnet's own part of it, tells it to leave alone: of systemd-networkd `routes` and `rules` that it did not make, of others links, in their words. */
  leaves: string[];
}

/** A manager that will undo what others make, as nothing tells it not to. */
export interface Contender {
  name: string;
  /** What it does. */
  does: string;
  /** What a person can do about it. */
  remedy: string;
  /** The kind of resource that does it, where there is one. */
  by?: string;
}

/** A line of a configuration: its file, section, key and value; `sign` says that the value adds to, or takes from, what was said before. */
interface Setting {
  file: string;
  section: string;
  key: string;
  sign: string;
  value: string;
}

interface Known {
  name: string;
  /** Its files, the later ones to be heeded more; of folders (*) with files of one name only the later. */
  files: string[];
  /** Folders with one order among all their files. */
  mixed?: boolean;
  leaves(settings: Setting[]): string[];
  /** What it does that may undo what others make, unless it leaves this alone. */
  contends?: { does: string; remedy: string; by?: string; unless(leaves: string[]): boolean };
}

const list = (value: string) => value.split(/[\s,;]+/).filter((v) => v !== "" && v !== "none");
const says = (settings: Setting[], section: RegExp, key: string) => settings.filter((s) => section.test(s.section) && s.key === key);
const last = (settings: Setting[]) => settings.at(-1)?.value ?? "";
const isNo = (value: string) => /^(0|no|n|false|f|off)$/i.test(value);
const any = (leaves: string[]) => leaves.length > 0;
const add = 'add `new linuxnet.UnmanagedLinks("ours", { host, name: "ours", links: [...] })`';

/** What NetworkManager leaves alone: NetworkManager.conf(5), `unmanaged-devices` and `managed`. */
function unmanagedDevices(settings: Setting[]): string[] {
  const listed = says(settings, /^keyfile$/, "unmanaged-devices").reduce<string[]>((sum, { sign, value }) => {
    if (sign === "+") return [...sum, ...list(value)];
    return sign === "-" ? sum.filter((v) => !list(value).includes(v)) : list(value);
  }, []);
  const sections = says(settings, /^device/, "managed").filter(({ value }) => isNo(value));
  return [...listed, ...sections.flatMap((s) => list(last(settings.filter((o) => o.file === s.file && o.section === s.section && o.key === "match-device")) || "*"))];
}

/** The managers by the name of their process, of which the kernel keeps 15 bytes (TASK_COMM_LEN, linux/sched.h). */
const known: Record<string, Known> = {
  "systemd-network": {
    name: "systemd-networkd",
    files: ["/usr/lib/systemd/networkd.conf", "/etc/systemd/networkd.conf", ...["/usr/lib", "/usr/local/lib", "/run", "/etc"].map((d) => `${d}/systemd/networkd.conf.d/*.conf`)],
    mixed: true,
    // Both are yes by default (networkd.conf(5)).
    leaves: (settings) =>
      Object.entries({ routes: "ManageForeignRoutes", rules: "ManageForeignRoutingPolicyRules" }).flatMap(([what, key]) => (isNo(last(says(settings, /^Network$/, key))) ? [what] : [])),
    contends: { does: "takes away routes, rules and addresses that it did not make whenever it configures a link", remedy: add, by: "UnmanagedLinks", unless: (leaves) => leaves.includes("routes") },
  },
  NetworkManager: {
    name: "NetworkManager",
    files: ["/usr/lib/NetworkManager/conf.d/*.conf", "/run/NetworkManager/conf.d/*.conf", "/etc/NetworkManager/NetworkManager.conf", "/etc/NetworkManager/conf.d/*.conf"],
    leaves: unmanagedDevices,
    contends: { does: "may take up links that others make", remedy: add, by: "UnmanagedLinks", unless: any },
  },
  connmand: {
    name: "connman",
    files: ["/etc/connman/main.conf"],
    leaves: (settings) => list(last(says(settings, /^General$/, "NetworkInterfaceBlacklist"))),
    contends: { does: "takes up links that others make", remedy: "list them in NetworkInterfaceBlacklist of /etc/connman/main.conf", unless: any },
  },
  dhcpcd: {
    name: "dhcpcd",
    files: ["/etc/dhcpcd.conf"],
    leaves: (settings) => says(settings, /^$/, "denyinterfaces").flatMap(({ value }) => list(value)),
    contends: { does: "asks for addresses on every link that appears, where it was started for all", remedy: "list ours after denyinterfaces in /etc/dhcpcd.conf", unless: any },
  },
  // These two keep to the links that they are told.
  dhclient: { name: "dhclient", files: [], leaves: () => [] },
  wickedd: { name: "wicked", files: [], leaves: () => [] },
};

/**
 * Prints which of them run in the host's own network namespace, and their configuration without its comments. For the session's own shell: what it reads itself costs no process.
 */
export const askManagers = `(runs=
for p in /proc/[0-9]*; do
  { read -r name <"$p/comm"; } 2>/dev/null || continue
  case $name in ${Object.keys(known).join("|")}) ;; *) continue ;; esac
  [ ! -e "$p/ns/net" ] || [ "$p/ns/net" -ef /proc/self/ns/net ] || continue
  case " $runs " in *" $name "*) ;; *) runs="$runs $name" ;; esac
done
for name in $runs; do
  case $name in
${Object.entries(known).map(([comm, { files }]) => `  ${comm}) set -- ${files.join(" ")} ;;`).join("\n")}
  esac
  echo "runs $name"
  for file; do
    [ -r "$file" ] && [ ! -d "$file" ] || continue
    echo "file $file"
    while read -r line || [ -n "$line" ]; do
      case $line in "" | "#"* | ";"*) ;; *) printf 'says %s\\n' "$line" ;; esac
    done <"$file"
  done
done)`;

interface Answer {
  comm: string;
  files: { path: string; lines: string[] }[];
}

function readAnswers(text: string): Answer[] {
  const found: Answer[] = [];
  for (const line of text.split("\n")) {
    const [, word, rest = ""] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (word === "runs") found.push({ comm: rest, files: [] });
    if (word === "file") found.at(-1)?.files.push({ path: rest, lines: [] });
    if (word === "says") found.at(-1)?.files.at(-1)?.lines.push(rest);
  }
  return found;
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** The settings of files in the order in which they count: a file hides those of its name in folders before. */
function settings(files: Answer["files"], mixed: boolean): Setting[] {
  const dropIns = files.filter(({ path }) => path.includes(".d/"));
  const seen = files.filter((file) => !dropIns.includes(file) || dropIns.filter(({ path }) => baseName(path) === baseName(file.path)).at(-1) === file);
  const ordered = mixed ? [...seen.filter((f) => !dropIns.includes(f)), ...seen.filter((f) => dropIns.includes(f)).sort((a, b) => (baseName(a.path) < baseName(b.path) ? -1 : 1))] : seen;
  return ordered.flatMap(({ path, lines }) => {
    let section = "";
    return lines.flatMap((line) => {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
      const [, key, sign = "", value = ""] = /^([\w.-]+?)\s*(?:([+-]?)=\s*|\s)(.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [{ file: path, section, key, sign, value }];
    });
  });
}

/** Linuxnet's own files have its name in theirs. */
const ours = ({ path }: { path: string }) => baseName(path).includes("linuxnet-");

function read(text: string, which: (file: { path: string }) => boolean): (Manager & { known: Known })[] {
  return readAnswers(text).flatMap(({ comm, files }) => {
    const manager = known[comm];
    return manager ? [{ name: manager.name, leaves: manager.leaves(settings(files.filter(which), manager.mixed === true)), known: manager }] : [];
  });
}

/** The managers that run, by what others than linuxnet have told them, so that what a program tells them does not change what the host is. */
export function readManagers(text: string): Manager[] {
  return read(text, (file) => !ours(file)).map(({ name, leaves }) => ({ name, leaves })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Those that nothing keeps from undoing what others make. */
export function readContenders(text: string): Contender[] {
  return read(text, () => true).flatMap(({ leaves, known: { name, contends } }) => {
    if (!contends || contends.unless(leaves)) return [];
    const { does, remedy, by } = contends;
    return [{ name, does, remedy, ...(by && { by }) }];
  });
}
