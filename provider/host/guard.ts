import { randomBytes } from "node:crypto";
import { ask, BACK, forget, start, type GuardedChange } from "./guard-program.js";
import type { Session } from "./session.js";
import { failure, Refused, TakenBack } from "./taken-back.js";

/** How a host is reached: by the session of this process, and by a login of its own. */
export interface Ways {
  session(): Promise<Session>;
  login(): Promise<Session>;
  /** Told once others' changes, which this one waited for, are over. */
  waited?(): Promise<void>;
}

const sleep = <T>(milliseconds: number, value?: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, milliseconds, value));

/** Milliseconds that the session in hand may take to answer; then a new login asks. */
const ANSWER = 5_000;
/** Milliseconds between logins, and between asking whose turn it is. */
const PAUSE = { login: 300, turn: 1_000 };
/** Seconds to wait for others' changes. */
const TURN = 600;

/** What a host has under way: one change, or several in steps. */
export interface UnderWay {
  /** A word that nobody else uses. */
  id: string;
  /** Which step this is, from 0 on. */
  step: number;
  /** Has the host begin the step. */
  begin(session: Session): Promise<string>;
  /** What is done once the step is found good. */
  keep(fresh: Session): Promise<string>;
}

/**
 * Makes a change on a host that takes it back by itself, unless a new login reaches it and `confirm` finds it good: a timer on the
 * host needs neither this process nor its session.
 * @throws TakenBack with the reason, and what the host could not put back.
 */
export async function guarded<T>(ways: Ways, change: GuardedChange, confirm: (fresh: Session) => Promise<T>): Promise<T> {
  const id = randomBytes(6).toString("hex");
  const { seconds } = change;
  const begin = (session: Session) => start(session, id, seconds, `${change.owner}: ${change.what}`, change);
  try {
    return await seenThrough(ways, change, { id, step: 0, begin, keep: (fresh) => ask(fresh, id, seconds, "confirm") }, confirm);
  } catch (error) {
    if (error instanceof TakenBack && error.report) await ways.login().then((fresh) => fresh.run([forget(id)]).finally(() => void fresh.close())).catch(() => undefined);
    throw error;
  }
}

/** Waits until what was begun is done and found good by a new login. */
export async function seenThrough<T>(ways: Ways, change: GuardedChange, { id, step, begin, keep }: UnderWay, look: (fresh: Session) => Promise<T>): Promise<T> {
  const { seconds } = change;
  const host = (await ways.session()).host;
  let said = await inTurn(ways, host, begin);
  const until = Date.now() + seconds * 1000;
  let known = said.startsWith("applied");
  let cause: Error | undefined;
  while (/^(applied|unknown|unheard)/.test(said) && Date.now() < until + BACK * 1000) {
    const fresh = await ways.login().catch((error: Error) => void (cause = error));
    if (!fresh) {
      await sleep(PAUSE.login);
      continue;
    }
    try {
      said = said.startsWith("unheard") ? await begin(fresh) : await ask(fresh, id, seconds, "await", String(step));
      if (!said.startsWith("applied")) continue;
      if (!known) {
        known = true; // This login may be older than the change.
        continue;
      }
      const value = await look(fresh).catch(async (error: Error) => {
        said = await ask(fresh, id, seconds, "abort", oneLine(error.message));
        cause = error;
      });
      if (!said.startsWith("applied")) break;
      said = await keep(fresh);
      if (said.startsWith("confirmed")) return value as T;
    } catch (error) {
      cause = error as Error; // The login is lost again.
    } finally {
      fresh.close().catch(() => undefined);
    }
  }
  throw failure(host, change, said, cause);
}

/** A login of its own, tried again until it succeeds. */
export async function loginUntil({ login }: Ways, until: number): Promise<Session> {
  for (;;) {
    try {
      return await login();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(PAUSE.login);
    }
  }
}

/** Text as the host keeps it: in one line. */
export const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");

/** Starts a change when it is its turn on the host; `unknown` where the session in hand gives no answer. */
async function inTurn(ways: Ways, host: string, begin: (session: Session) => Promise<string>): Promise<string> {
  for (let until = Date.now() + TURN * 1000, waited = false; ; waited = true) {
    const answer = begin(await ways.session()).catch((error: Error) => {
      if (error instanceof Refused) throw error;
      return "unknown";
    });
    const said = await Promise.race([answer, sleep(ANSWER, "unknown")]);
    if (!said.startsWith("busy")) {
      if (waited) await ways.waited?.();
      return said;
    }
    if (Date.now() > until) throw new Refused(host, `has been busy for ${TURN} s with ${said.slice("busy ".length)}`);
    await sleep(PAUSE.turn);
  }
}
