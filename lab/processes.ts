import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of the machine, as `/proc` shows it. */
export interface Process {
  pid: number;
  /** Its session: the pid of the process that began it. */
  session: number;
  /** Its argument vector. */
  argv: readonly string[];
}

/** A kernel object's identity, as `stat` tells it. */
export interface Inode {
  dev: bigint;
  ino: bigint;
}

function inode(path: string): Inode | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && { dev: found.dev, ino: found.ino };
}

const same = (a?: Inode, b?: Inode) => a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;

/** The namespace behind a name of `ip netns`; undefined for no such name, a left-over plain file, or this process's own namespace. */
export function netnsInode(name: string): Inode | undefined {
  const own = inode("/proc/self/ns/net");
  const found = inode(`/run/netns/${name}`);
  return found && own && found.dev === own.dev && found.ino !== own.ino ? found : undefined;
}

/** Every live process of the machine for which `keep` holds. One that ends while it is looked at is left out. */
function processes(keep: (pid: number) => boolean): Process[] {
  const found: Process[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      if (!keep(pid)) continue;
      const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      const [state, , , session] = afterName(readFileSync(`/proc/${pid}/stat`, "utf8"));
      if (state !== "Z" && argv.length > 0) found.push({ pid, session: Number(session), argv });
    } catch {
      // it has just ended
    }
  }
  return found;
}

/** The fields of `/proc/PID/stat` from the state on; the name before them may hold spaces and parentheses. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** When a process began, in the kernel's ticks since boot: with the pid it says which process it is. */
export function startTime(pid: number): string | undefined {
  try {
    return afterName(readFileSync(`/proc/${pid}/stat`, "utf8"))[19];
  } catch {
    return undefined;
  }
}

/** The processes in a network namespace. */
export function inNetns(ns: Inode): Process[] {
  return processes((pid) => same(ns, inode(`/proc/${pid}/ns/net`)));
}

/** The processes whose argument vector satisfies `test`, wherever they are. */
export function byArgv(test: (argv: readonly string[]) => boolean): Process[] {
  return processes(() => true).filter((p) => test(p.argv));
}

/** Kills what `find` finds until it finds nothing. Throws when something survives 10 s of that. */
export async function killAll(find: () => Process[]): Promise<number> {
  const deadline = Date.now() + 10_000;
  const killed = new Set<number>();
  for (let found = find(); found.length > 0; found = find()) {
    if (Date.now() > deadline) throw new Error(`Process ${found[0]!.pid} (${found[0]!.argv[0]}) does not end`);
    for (const { pid } of found) {
      killed.add(pid);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it ended by itself
      }
    }
    await sleep(10);
  }
  return killed.size;
}
