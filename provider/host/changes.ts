import { HostError } from "../errors.js";
import { risk, type Touch } from "../risk.js";
import { machine, type Connection } from "./connection.js";
import { isGroup } from "./group.js";
import { Groups } from "./groups.js";
import { forget, takenBack, type GuardedChange } from "./guard-program.js";
import { guarded, type Ways } from "./guard.js";
import { pathOf, type Path } from "./path.js";
import type { Session } from "./session.js";
import { saidOf } from "./taken-back.js";
import { Turns } from "./turns.js";

/** What the program says of whether a change is guarded: by itself, or by the group that it belongs to. */
export interface Asked {
  guard?: boolean;
  group?: string;
}

/** How the changes of one process come to its hosts. */
export interface Changes {
  /** Runs `work` beside other changes of the host; alone, and told why, where what it touches may cut the way to the host, unless the program decides. */
  take<T>(host: Connection, touches: readonly Touch[], asked: Asked, work: (why: string | undefined) => Promise<T>): Promise<T>;
  /** Makes a change that the host takes back unless `confirm` finds it good by a new login. */
  guarded<T>(host: Connection, change: GuardedChange, confirm: (fresh: Session) => Promise<T>): Promise<T>;
}

/** Changes that nothing is known to be wrong with: all side by side. */
export const unguarded: Changes = {
  take: (_host, _touches, _asked, work) => work(undefined),
  guarded: () => Promise.reject(new Error("there is no guard")),
};

/** Changes by `waysTo` a host; those of groups as these have it. */
export function changesBy(waysTo: (host: Connection) => Ways, groups = new Groups(waysTo)): Changes {
  const turns = new Map<string, Turns>();
  const paths = new WeakMap<Session, Promise<Path>>();
  const pathBy = (session: Session): Promise<Path> => {
    const path = paths.get(session) ?? pathOf(session);
    paths.set(session, path);
    return path;
  };
  const reason = async (host: Connection, touches: readonly Touch[], { guard, group }: Asked, session: Session): Promise<string | undefined> => {
    if (group !== undefined && groups.of(host, group)) return `it belongs to ${group}`;
    const why = guard ?? host.guard ?? (touches.length > 0 && risk(touches, await pathBy(session)));
    return why === true ? "a guard is asked for" : why || undefined;
  };
  return {
    async take(host, touches, asked, work) {
      const key = machine(host);
      const turn = turns.get(key) ?? new Turns();
      turns.set(key, turn);
      const session = await waysTo(host).session();
      await heed(session, groups);
      const why = await reason(host, touches, asked, session);
      if (why && session.sudo) throw new HostError(session.host, unguardable(why));
      return why ? turn.alone(() => work(why)) : turn.beside(() => work(undefined));
    },
    async guarded(host, change, confirm) {
      const ways = waysTo(host);
      const group = groups.of(host, change.group);
      try {
        return await (group ? group.join(host, change, confirm) : guarded(ways, change, confirm));
      } finally {
        await ways.session().then((s) => paths.delete(s), () => undefined);
      }
    },
  };
}

/** Why a change cannot be guarded where root runs only commands. */
export function unguardable(why: string | undefined): string {
  return `${why ? `${why}, and a` : "a"} host with \`sudo: "commands"\` cannot take a change back: set \`guard: false\`, here or on the Host, to make it all the same`;
}

const heeded = new WeakSet<Session>();

/** What was under way when it was told may have been taken back since. */
export async function heedAgain(session: Session, groups: Groups): Promise<void> {
  heeded.delete(session);
  await heed(session, groups);
}

/** Tells once what a host took back while nobody listened; a preview leaves it to be told again, and what a group lost stays until the state knows it. */
export async function heed(session: Session, groups: Groups, preview = false): Promise<void> {
  // What watches over a change is root's.
  if (heeded.has(session) || session.sudo) return;
  heeded.add(session);
  for (const report of await takenBack(session)) {
    const { id, title } = report;
    console.warn(`warning: ${session.host}: a change that nobody confirmed was taken back (${title}): ${saidOf(report).join(". ")}`);
    if (isGroup(id)) groups.lose(id);
    else if (!preview) await session.run([forget(id)]);
  }
}
