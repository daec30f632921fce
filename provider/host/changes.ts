import { HostError } from "../errors.js";
import { risk, type Touch } from "../risk.js";
import { machine, type Connection } from "./connection.js";
import { guarded, takenBack, type GuardedChange } from "./guard.js";
import { pathOf, type Path } from "./path.js";
import type { Session } from "./session.js";
import { Turns } from "./turns.js";

/** How the changes of one process come to its hosts. */
export interface Changes {
  /** Runs `work` beside other changes of the host; alone, and told why, where what it touches may cut the way to the host. `asked` decides instead. */
  take<T>(host: Connection, touches: readonly Touch[], asked: boolean | undefined, work: (why: string | undefined) => Promise<T>): Promise<T>;
  /** Makes a change that the host takes back unless `confirm` finds it good by a new login. */
  guarded<T>(host: Connection, change: GuardedChange, confirm: (fresh: Session) => Promise<T>): Promise<T>;
}

/** Changes that nothing is known to be wrong with: all side by side. */
export const unguarded: Changes = {
  take: (_host, _touches, _asked, work) => work(undefined),
  guarded: () => Promise.reject(new Error("there is no guard")),
};

/** Changes by `open`, the session in hand, confirmed by `login`, a new one each time. */
export function changesBy(open: (host: Connection) => Promise<Session>, login: (host: Connection) => Promise<Session>): Changes {
  const turns = new Map<string, Turns>();
  const paths = new WeakMap<Session, Promise<Path>>();
  const pathBy = (session: Session): Promise<Path> => {
    const path = paths.get(session) ?? pathOf(session);
    paths.set(session, path);
    return path;
  };
  return {
    async take(host, touches, asked, work) {
      const key = machine(host);
      const turn = turns.get(key) ?? new Turns();
      turns.set(key, turn);
      const session = await open(host);
      await heed(session);
      const why = asked ?? host.guard ?? (touches.length > 0 && risk(touches, await pathBy(session)));
      if (why && session.sudo) throw new HostError(session.host, unguardable(why === true ? undefined : why));
      return why ? turn.alone(() => work(why === true ? "a guard is asked for" : why)) : turn.beside(() => work(undefined));
    },
    async guarded(host, change, confirm) {
      const session = () => open(host);
      try {
        return await guarded({ session, login: () => login(host) }, change, confirm);
      } finally {
        await session().then((s) => paths.delete(s), () => undefined);
      }
    },
  };
}

/** Why a change cannot be guarded where root runs only commands. */
export function unguardable(why: string | undefined): string {
  return `${why ? `${why}, and a` : "a"} host with \`sudo: "commands"\` cannot take a change back: set \`guard: false\`, here or on the Host, to make it all the same`;
}

const heeded = new WeakSet<Session>();

/** Tells once what a host took back while nobody listened; a preview leaves it to be told again. */
export async function heed(session: Session, preview = false): Promise<void> {
  // What watches over a change is root's.
  if (heeded.has(session) || session.sudo) return;
  heeded.add(session);
  for (const text of await takenBack(session, !preview)) console.warn(`warning: ${text}`);
}
