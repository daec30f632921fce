import { createHash } from "node:crypto";
import { HostError } from "../errors.js";
import { machine, type Connection } from "./connection.js";
import { ask, forget, join, start, type GuardedChange } from "./guard-program.js";
import { loginUntil, oneLine, seenThrough, type Ways } from "./guard.js";
import type { Session } from "./session.js";
import { Refused, reportOf, saidOf, TakenBack } from "./taken-back.js";

/** What must answer a ping from a host, or from a namespace of it. */
export interface Reach {
  from: Connection;
  netns?: string;
  to: string;
}

/** What is changed on several hosts as one: on all of them, or on none. */
export interface GroupSpec {
  /** Project, stack and resource. */
  owner: string;
  /** The hosts, each with the addresses by which the others reach it. */
  hosts: { connection: Connection; addresses: string[] }[];
  /** Seconds after its last change until a host takes all of them back. */
  seconds: number;
  /** What must answer in the end, besides what answered before. */
  reaches: Reach[];
}

const PREFIX = "group.";

/** The word by which hosts know what a group has under way, or what they took back of it. */
export const groupId = (owner: string): string => `${PREFIX}${createHash("sha256").update(owner).digest("hex").slice(0, 12)}`;

/** Whether a host's word for a change is that for a group. */
export const isGroup = (id: string): boolean => id.startsWith(PREFIX);

/** Milliseconds between pings. */
const PING_EVERY = 200;

const AFTERWARDS = "Every host of the group goes back to what it was: put right what is wrong, and run `pulumi up --refresh`";

/**
 * Changes on several hosts that are kept together or taken back together. Every host saves what it is and starts its timer before the first change is made; each
 * change is held; and only when all hosts answer new logins and reach each other as before are they told to keep what they have.
 */
export class Group {
  private readonly id: string;
  /** How many changes each host was given. */
  private readonly steps = new Map<string, number>();
  private armed?: Promise<void>;
  private over = false;
  private failed?: Error;

  constructor(
    private readonly spec: GroupSpec,
    private readonly waysTo: (host: Connection) => Ways,
  ) {
    this.id = groupId(spec.owner);
  }

  /** Whether hosts wait for its end. */
  get open(): boolean {
    return this.armed !== undefined && !this.over && !this.failed;
  }

  has(host: Connection): boolean {
    return this.hosts.some((connection) => machine(connection) === machine(host));
  }

  private get hosts(): Connection[] {
    return this.spec.hosts.map(({ connection }) => connection);
  }

  /** Makes a change that its host holds until the group is confirmed; where it fails, every host takes back all. */
  join<T>(host: Connection, change: GuardedChange, look: (fresh: Session) => Promise<T>): Promise<T> {
    const { seconds } = this.spec;
    return this.orNone(async () => {
      await (this.armed ??= this.arm());
      const step = (this.steps.get(machine(host)) ?? 0) + 1;
      this.steps.set(machine(host), step);
      const begin = (session: Session) => join(session, this.id, seconds, step, change);
      return seenThrough(this.waysTo(host), { ...change, seconds }, { id: this.id, step, begin, keep: async () => "confirmed" }, look);
    });
  }

  /** Has all hosts keep what they were given, or none; where they were given nothing now, insists that they did not take back what they were given before. */
  async confirm(): Promise<void> {
    if (!this.armed) return void (await Promise.all(this.hosts.map(async (host) => this.ask(await this.waysTo(host).session(), "gone", "await", "0"))));
    const logins = new Map<string, Session>();
    const by = (host: Connection) => logins.get(machine(host))!;
    const each = (work: (host: Connection) => Promise<unknown>) => Promise.all(this.hosts.map(work));
    try {
      await this.orNone(async () => {
        await this.armed;
        // What is left of the time is for telling them.
        const until = Date.now() + (this.spec.seconds * 1000) / 2;
        await each(async (host) => logins.set(machine(host), await loginUntil(this.waysTo(host), until)));
        await each((host) => this.ask(by(host), "applied", "await", String(this.steps.get(machine(host)) ?? 0)));
        await Promise.all(this.spec.reaches.map((reach) => answered(by(reach.from), reach, until)));
        await each((host) => this.ask(by(host), "agreed", "agree"));
        await each((host) => this.ask(by(host), "confirmed", "finish"));
        this.over = true;
      });
    } finally {
      for (const login of logins.values()) login.close().catch(() => undefined);
    }
  }

  /** Lets go of what hosts say that they took back, as the state knows it now. */
  async forget(): Promise<void> {
    await Promise.all(this.hosts.map(async (host) => (await this.waysTo(host).session()).run([forget(this.id)])));
  }

  /** Has every host save what it is and start its timer; in an order that is the same for all, so that no two groups wait for each other. */
  private async arm(): Promise<void> {
    const { owner, seconds, hosts } = this.spec;
    const name = (h: (typeof hosts)[number]) => machine(h.connection);
    for (const one of [...hosts].sort((a, b) => (name(a) < name(b) ? -1 : 1))) {
      const touched = hosts.filter((h) => name(h) !== name(one)).flatMap((h) => h.addresses.map((address) => `probe ${address}`));
      const change = { owner, what: "hold what it is given", why: `it belongs to ${owner}`, touched, claims: [], commands: [], undo: [], seconds };
      const begin = async (session: Session) => {
        const said = await start(session, this.id, seconds, `${owner}: changes on ${hosts.length} hosts`, change);
        if (said.startsWith("rolledback")) throw this.unlike(session.host, said);
        return said;
      };
      await seenThrough(this.waysTo(one.connection), change, { id: this.id, step: 0, begin, keep: async () => "confirmed" }, async () => undefined);
    }
  }

  private async ask(session: Session, expected: string, verb: string, ...args: string[]): Promise<void> {
    const said = await ask(session, this.id, this.spec.seconds, verb, ...args);
    if (!said.startsWith(expected)) throw this.unlike(session.host, said);
  }

  /** The error of a host that has not what it should. */
  private unlike(host: string, said: string): Refused {
    const report = reportOf(said);
    const what = report
      ? `took back what was changed for ${this.spec.owner}: ${saidOf(report).join(": ")}`
      : `does not have what was changed for ${this.spec.owner}: it was restarted, or took it back (it says "${said}")`;
    return new Refused(host, what, { hint: AFTERWARDS }, report);
  }

  /** Does a part of the whole; where that fails, has every host take back all that it was given. */
  private async orNone<T>(work: () => Promise<T>): Promise<T> {
    if (this.failed) throw this.failed;
    try {
      return await work();
    } catch (error) {
      this.failed ??= allBack(error as Error);
      const why = oneLine((error as Error).message);
      await Promise.all(this.hosts.map((host) => this.abort(host, why)));
      throw this.failed;
    }
  }

  /** A host that cannot be reached does so by itself. */
  private async abort(host: Connection, why: string): Promise<void> {
    try {
      const login = await this.waysTo(host).login();
      await ask(login, this.id, this.spec.seconds, "abort", why).finally(() => void login.close());
    } catch {
      // its timer
    }
  }
}

/** The error of one change, as that of all. */
function allBack(error: Error): Error {
  if (!(error instanceof HostError)) return error;
  const hints = [error.detail.hint, AFTERWARDS].filter((hint, i, all) => hint && all.indexOf(hint) === i);
  return new TakenBack(error.host, error.what, { ...error.detail, hint: hints.join(". ") });
}

/** Waits until a ping is answered. */
async function answered(session: Session, { netns, to }: Reach, until: number): Promise<void> {
  const ping = [...(netns === undefined ? [] : ["ip", "netns", "exec", netns]), "ping", "-n", "-c", "1", "-W", "1", to];
  while ((await session.run([ping])).rc !== 0) {
    if (Date.now() > until) throw new TakenBack(session.host, `no answer from ${to}${netns === undefined ? "" : ` in the namespace ${netns}`}`);
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY));
  }
}
