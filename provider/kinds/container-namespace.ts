import { z } from "zod";
import { netnsName, text } from "../fields.js";
import { ip } from "../iproute2.js";
import { defineKind, type Argv } from "../kind.js";

export const containerNamespaceShape = {
  /** Name that the namespace gets, as `ip netns` lists it; a file of /run/netns. */
  name: netnsName,
  /** Container whose namespace it is, by its name or id; it must run. One of `container`, `pid` and `path` is given. */
  container: text((v) => (/^[A-Za-z0-9][\w.-]*$/.test(v) ? undefined : `"${v}" is not a container's name or id`)).optional(),
  /** Which tool knows the container: `docker` or `podman`. Default: docker. */
  runtime: z.enum(["docker", "podman"]).default("docker"),
  /** Process whose namespace it is, by its number on the host: the `pid` of a Service, for one. */
  pid: z.number().int().min(1).optional(),
  /** File that is the namespace, such as /run/docker/netns/c009f2a4be71: an absolute path. */
  path: text((v) => (v.startsWith("/") && !v.includes("\0") ? undefined : `"${v}" is not an absolute path`)).optional(),
};

type Want = { [K in keyof typeof containerNamespaceShape]: z.output<(typeof containerNamespaceShape)[K]> };

/** What tells whose namespace it is, but for the tool that is asked. */
const sources = ["container", "pid", "path"] as const;

/** Sets `path` to the file of the namespace that is meant; fails with 1 where there is none, with 2 where that cannot be told. */
const FIND = `
name=$1 container=$2 runtime=$3 path=$4
find_path() {
  if [ -n "$container" ]; then
    if said=$("$runtime" container inspect --format '{{.State.Pid}}' "$container" 2>&1); then
      pid=$(echo "$said" | grep -xE "[0-9]+") # Beside what it warns of.
      [ "$pid" != 0 ] || { echo "the container $container does not run" >&2; return 1; }
      path=/proc/$pid/ns/net
    else
      echo "$said" >&2
      case $said in *[Nn]"o such"*) return 1 ;; esac
      return 2
    fi
  fi
  [ -e "$path" ] || { echo "no process or file has a namespace at $path" >&2; return 1; }
}
`;

/** Prints the inode of what has the name, and whether that is what is meant; nothing where nothing has the name. */
const SHOW = `${FIND}
file=/run/netns/$name
[ -e "$file" ] || [ -h "$file" ] || exit 0
[ ! -h "$file" ] || { echo link; exit; }
find_path 2>/dev/null
case $? in
0) if [ "$file" -ef "$path" ]; then is=it; else is=other; fi ;;
1) is=other ;;
*) is=unknown ;;
esac
echo "$(stat -c %i "$file") $is"
`;

/** A process that has gone into the namespace gives it the name. */
const ATTACH = `${FIND}
find_path || exit 1
[ ! "$path" -ef /proc/self/ns/net ] || { echo "$path is the host's own network namespace" >&2; exit 1; }
exec nsenter --net="$path" sh -c 'exec ip netns attach "$1" $$' linuxnet "$name"
`;

function script(text: string, { name, container, runtime, pid, path }: Want): Argv {
  return ["sh", "-c", text, "linuxnet", name, container ?? "", runtime, path ?? (pid === undefined ? "" : `/proc/${pid}/ns/net`)];
}

export const containerNamespace = defineKind({
  name: "ContainerNamespace",
  shape: containerNamespaceShape,
  outputs: ["inode"],
  carries: true,
  iproute2: "5.1", // `ip netns attach`
  tools: { nsenter: "util-linux" },
  identity: ["name"],
  immutable: [...sources, "runtime"],
  rules: (want) => (sources.filter((key) => want[key] !== undefined).length === 1 ? [] : [{ property: "container", reason: "one of container, pid and path is to be given" }]),
  unrestorable: ({ pid }) => (pid === undefined ? undefined : { property: "pid", reason: "a process has another number after a reboot: name the container instead" }),
  objects: (want) => [`netns ${want.name}`],
  network: ({ name }) => [{ is: "namespace", netns: name, open: true }],
  show: (want) => [script(SHOW, want)],
  parse: ([shown], want) => {
    if (!shown) return undefined;
    const [inode, is] = shown.trim().split(" ");
    if (inode === "link") return { conflict: `/run/netns/${want.name} is a symbolic link: remove it by rm, as \`ip netns del\` would take away what it leads to` };
    // Where it cannot be asked, as while the container's daemon is being updated, nothing is known to have changed.
    const of = (key: (typeof sources)[number]) => (is === "other" ? undefined : want[key]);
    return { name: want.name, runtime: want.runtime, ...Object.fromEntries(sources.map((key) => [key, of(key)])), inode: Number(inode) };
  },
  add: (want) => [script(ATTACH, want)],
  set: () => [],
  del: (want) => [ip(undefined, "netns", "del", want.name)],
});
