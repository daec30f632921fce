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
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return { dev, ino };
  } catch {
    return undefined; // there is no such file, or it is of a process that has just ended
  }
}

const same = (a?: Inode, b?: Inode) => a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;

/** The namespace behind a name of `ip netns`; undefined for no such name, a left-over plain file, or this process's own namespace. */
export function netnsInode(name: string): Inode | undefined {
  const own = inode("/proc/self/ns/net");
  const found = inode(`/run/netns/${name}`);
  return found && own && found.dev === own.dev && found.ino !== own.ino ? found : undefined;
}

const kernelThread = 0x0020_0000;

/** One live process; undefined for one that has ended, a zombie and a part of the kernel. */
function look(pid: number): Process | undefined {
  try {
    const [state, , , session, , , flags] = afterName(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (state === "Z" || state === "X" || Number(flags) & kernelThread) return undefined;
    return { pid, session: Number(session), argv: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1) };
  } catch {
    return undefined;
  }
}

const pause = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Every live process of the machine for which `keep` holds. */
function processes(keep: (pid: number) => boolean): Process[] {
  const pids = readdirSync("/proc").map(Number).filter((pid) => Number.isInteger(pid) && keep(pid));
  const found = pids.map(look);
  // A process that is just becoming another program has no arguments for a moment: it is looked at again.
  for (let tries = 0; tries < 10 && found.some((p) => p?.argv.length === 0); tries++) {
    pause(5);
    for (const [i, p] of found.entries()) if (p?.argv.length === 0) found[i] = look(p.pid);
  }
  return found.filter((p) => p !== undefined);
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

/** Kills what `find` finds until it finds nothing, and all that was found has ended. Throws when something survives 10 s of that. */
export async function killAll(find: () => Process[]): Promise<number> {
  const deadline = Date.now() + 10_000;
  const killed = new Map<number, string | undefined>();
  // The first process of a PID namespace ends only after all others in it, and no longer says by what it was found.
  const ending = () => [...killed].filter(([pid, began]) => startTime(pid) === began).map(([pid]) => look(pid)).filter((p) => p !== undefined);
  for (let found = find(); found.length > 0; found = [...find(), ...ending()]) {
    if (Date.now() > deadline) throw new Error(`Process ${found[0]!.pid} (${found[0]!.argv[0]}) does not end`);
    for (const { pid } of found) {
      killed.set(pid, startTime(pid));
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
