import { machine, type Connection } from "./connection.js";
import { openSession, type Session } from "./session.js";

const sessions = new Map<string, Promise<Session>>();

/** The one session that this process has with a host; a lost one is replaced at the next need, what it was doing is not done again. */
export function sessionFor(connection: Connection): Promise<Session> {
  const key = JSON.stringify(Object.entries(connection).sort());
  const known = sessions.get(key);
  if (known) return known;
  const forget = () => {
    if (sessions.get(key) === session) sessions.delete(key);
  };
  const session = openSession(machine(connection), connection, forget);
  sessions.set(key, session);
  session.catch(forget);
  return session;
}

/** Seconds that a new login waits for the host before the next one tries. */
const PATIENCE = 5;

/** A session of its own, which proves that the host can be reached; whoever asks for it ends it. */
export function loginAnew(connection: Connection): Promise<Session> {
  return openSession(machine(connection), connection, undefined, PATIENCE);
}

/** Ends every session. */
export async function closeAll(): Promise<void> {
  const all = [...sessions.values()];
  sessions.clear();
  await Promise.all(all.map(async (session) => (await session.catch(() => undefined))?.close()));
}
