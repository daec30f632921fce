import { oldest, olderThan, version } from "../iproute2.js";
import type { Answers } from "./questions.js";

/** One thing that was looked at on a host, and what it means for linuxnet. */
export interface Finding {
  /** What was looked at, in a word or two. */
  subject: string;
  /** `fault`: linuxnet cannot work so. `warning`: something may fail, or behave otherwise than a person expects. */
  level: "ok" | "warning" | "fault";
  /** What was found. */
  found: string;
  /** What a person can do about it. */
  remedy?: string;
}

/** What must be right for anything to work. */
export type Essential = "uid" | "sudo" | "iproute2" | "space";

/** Kilobytes of /run that the register needs at the least, and below which a warning is due. */
const SPACE = { least: 64, warn: 1024 };

/** What must be right for anything to work: any fault here fails a preview too. */
export function essentials({ uid, sudo, iproute2, space }: Answers<Essential>, byCommands = false): Finding[] {
  return [byCommands ? commands(uid.text, sudo.text) : login(uid.text), iproute2Found(iproute2), spaceLeft(space.text)];
}

function login(uid: string): Finding {
  if (uid === "0") return { subject: "login", level: "ok", found: "is root" };
  return { subject: "login", level: "fault", found: `the login is user id ${uid}, not root`, remedy: 'Log in as root (`user: "root"`), or set `sudo: true` on the Host' };
}

/** Whether a user may run as root what linuxnet needs in any case. */
function commands(uid: string, says: string): Finding {
  const subject = "login";
  if (says === "") return { subject, level: "ok", found: `is user id ${uid}, with sudo for commands` };
  return { subject, level: "fault", found: `user id ${uid} may not run linuxnet's commands by sudo (${says})`, remedy: "Put into the host's /etc/sudoers.d what `npx linuxnet doctor --sudoers USER` prints (sudo 1.9.10 or later)" };
}

function iproute2Found({ rc, text, stderr }: Answers<string>[string]): Finding {
  const subject = "iproute2";
  if (rc !== 0) return { subject, level: "fault", found: `there is no iproute2 (${stderr})`, remedy: "Install the package iproute2" };
  const is = version(text);
  if (olderThan(is, oldest)) return { subject, level: "fault", found: `iproute2 ${is} is too old: linuxnet needs ${oldest} or later`, remedy: "Install a newer iproute2" };
  return { subject, level: "ok", found: is };
}

/** Reads the one line of `df -Pk` after its head: file system, kilobytes, used, left, … */
function spaceLeft(df: string): Finding {
  const subject = "/run";
  const left = Number(df.split("\n").at(-1)!.split(/\s+/)[3]);
  if (!Number.isFinite(left)) return { subject, level: "ok", found: "it is not known how much is left" };
  const found = `${left} KiB left`;
  if (left < SPACE.least) return { subject, level: "fault", found: `there is no room in /run for the register: ${found}`, remedy: "Find out what fills it (`du -xk /run`) and remove that" };
  return left < SPACE.warn ? { subject, level: "warning", found, remedy: "Find out what fills it (`du -xk /run`)" } : { subject, level: "ok", found };
}
