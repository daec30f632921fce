import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTime } from "./processes.js";

/** Who holds a lock: the pid, and when it began so that a reused pid is not taken for the holder. */
const owner = (pid: number) => `${pid}-${startTime(pid) ?? "0"}`;

/** Whether the process that wrote this is still there. */
export function alive(holder: string): boolean {
  const pid = Number(holder.split("-")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return owner(pid) === holder;
}

const read = (path: string) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

const unlink = (path: string) => {
  try {
    unlinkSync(path);
  } catch {
    // somebody was quicker
  }
};

/** Makes `path` with `text` in it, in one step; false when it is there already, or its folder was taken away meanwhile. */
function claim(path: string, text: string): boolean {
  const whole = `${path}.${owner(process.pid)}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(whole, text);
    linkSync(whole, path);
    return true;
  } catch (error) {
    if (!["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return false;
  } finally {
    unlink(whole);
  }
}

/** Takes away the lock of a process that has died. Only who claims that holder's grave may, so a new lock is never taken away. */
function bury(path: string, holder: string): void {
  const grave = `${path}.of-${holder}`;
  if (!claim(grave, owner(process.pid))) {
    const age = Date.now() - (statSync(grave, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) unlink(grave); // its digger died too
    return;
  }
  if (read(path) === holder) unlink(path);
  unlink(grave);
}

export interface LockOptions {
  /** Called once when another process holds the lock, with its pid. */
  onWait?: (pid: number) => void;
  /** Milliseconds between looks at a held lock; 100 by default. */
  every?: number;
}

/** Runs `work` while this process alone holds the lock file `path`. A lock whose holder has died counts for nothing. */
export async function locked<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const me = owner(process.pid);
  for (let told = false; !claim(path, me); ) {
    const holder = read(path);
    if (holder === undefined) continue;
    if (!alive(holder)) {
      bury(path, holder);
      continue;
    }
    if (!told) options.onWait?.(Number(holder.split("-")[0]));
    told = true;
    await sleep(options.every ?? 100);
  }
  try {
    return await work();
  } finally {
    unlink(path);
  }
}
