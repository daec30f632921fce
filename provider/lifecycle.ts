import { check, common } from "./check.js";
import { HostError, meaning, PartialFailure } from "./errors.js";
import { omit, pick, type Handlers, type Properties } from "./handlers.js";
import { unguarded, type Changes } from "./host/changes.js";
import { machine, type Connection } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import { TakenBack } from "./host/taken-back.js";
import type { Session } from "./host/session.js";
import { titleOf, type Argv, type Kind } from "./kind.js";
import { made, markOf } from "./mark.js";
import { differences, equal, fixed, plan } from "./plan.js";
import { keptWhole, scope } from "./risk.js";
import { claim, claimFile, holds, joined, others, readClaim, replaced, showClaim, unclaim, type Claim } from "./register.js";

/** Milliseconds between looks, and how many, while the kernel takes an object down. */
const GONE = { every: 100, tries: 100 };

/** Milliseconds between looks at whether an object does what it is there for. */
const SETTLED_EVERY = 100;

/** Seconds until a host takes a change back that no new login confirms. */
const CONFIRM = 30;

type Want = Properties & { host: Connection; owner: string; adopt?: boolean; guard?: boolean; confirmTimeout?: number; probes?: string[]; atomic?: string };

/** What the kernel and the register say of an object. */
interface Look {
  observed?: Properties & { conflict?: string };
  /** What the commands printed that show it. */
  shown: (string | undefined)[];
  claim?: Claim;
  /** The claim as the register has it. */
  claimed?: string;
}

/** A change as commands: what the register is told, what is done, what takes that back; and why it may cut the way to the host. */
interface Change {
  claims: Argv[];
  commands: Argv[];
  undo: () => Argv[];
  why: string | undefined;
}

/**
 * Check, diff, create, read, update and delete for a kind: observe, ensure, observe again. It never trusts what the state
 * file remembers over what the kernel shows.
 */
export function lifecycle(kind: Kind, open: (host: Connection) => Promise<Session>, facts: (host: Connection) => Met | undefined, changes: Changes = unguarded): Handlers {
  const inputs = [...Object.keys(kind.shape), ...Object.keys(common)];
  const title = (want: Properties) => titleOf(kind, want);
  const shaped = (want: Properties) => pick(want, Object.keys(kind.shape));
  /** What the kernel shows of the object: a kind knows nothing of whose it is. */
  const parse = (shown: (string | undefined)[], want: Properties) => kind.parse(shown, shaped(want) as never);
  const objectOf = (want: Properties) => kind.objects(want as never)[0];
  const idOf = (want: Want) => `${machine(want.host)} ${objectOf(want)}`.replaceAll(/ +/g, " ").trim();
  const outputs = (want: Want, observed: Properties, found: Properties | undefined): Properties => ({
    ...want,
    ...pick(observed, kind.outputs),
    ...(found && { found }),
  });

  const tell = (props: Properties, key: string) => (kind.secret?.includes(key) ? "(secret)" : JSON.stringify(props[key] ?? null));

  /** What was seen of the properties that a program declares. */
  const declared = (want: Properties, observed: Properties, which = (_key: string) => true) => pick(observed, Object.keys(shaped(want)).filter(which));
  /** Properties with what was seen in place of what was declared. */
  const asSeen = (props: Properties, observed: Properties): Properties => ({
    ...props,
    ...Object.fromEntries(Object.keys(kind.shape).filter((key) => (props[key] !== undefined || kind.exact) && key in observed).map((key) => [key, observed[key]])),
    ...pick(observed, kind.outputs),
  });

  /** Does what changes the host when it is its turn there, told why it may cut the way to the host. */
  async function inTurn<T>(given: Properties, work: (session: Session, want: Want, why: string | undefined) => Promise<T>): Promise<T> {
    const want = given as Want;
    return changes.take(want.host, kind.touches?.(want as never) ?? [], { guard: want.guard, group: want.atomic }, async (why) => work(await open(want.host), want, why));
  }

  async function show(session: Session, want: Properties): Promise<(string | undefined)[]> {
    const commands = kind.show(want as never);
    const shown = await Promise.all(commands.map((command) => session.run([command])));
    return shown.map((ran, i) => {
      if (ran.rc === 0) return ran.stdout.toString();
      if (meaning(ran.stderr).reason === "absent") return undefined;
      throw new HostError(session.host, `cannot read ${title(want)}`, { command: commands[i]!, stderr: ran.stderr });
    });
  }

  /** What there is of an object; `state` is what was known of it. */
  async function look(session: Session, want: Properties, state: Properties = {}): Promise<Look> {
    const [register, shown] = await Promise.all([session.run([showClaim(objectOf(want))]), show(session, want)]);
    const claimed = register.stdout.toString().trim();
    const seen = parse(shown, want);
    const observed = seen && anotherOne(state, seen) ? { ...seen, conflict: `${title(want)} is there, but not the one that linuxnet made: somebody made it anew` } : seen;
    return { observed, shown, claim: readClaim(claimed) ?? bearer(observed, want), claimed };
  }

  /** Whether what is there is not what the state knows, whose mark it would bear. */
  function anotherOne(state: Properties, seen: Properties): boolean {
    const { instance } = kind.mark ?? {};
    return instance !== undefined && state.mark !== undefined && seen.mark !== state.mark && seen[instance] !== state[instance];
  }

  /** Whose an object is, as it says itself. */
  function bearer(observed: Look["observed"], want: Properties): Claim | undefined {
    const { mark, owner = mark } = observed ?? {};
    return owner === undefined ? undefined : { owner: mark === markOf(String(want.owner)) ? String(want.owner) : String(owner) };
  }

  async function act(session: Session, doing: string, want: Properties, commands: readonly Argv[]): Promise<string> {
    const ran = await session.run(commands);
    const hint = ["exists", "busy"].includes(meaning(ran.stderr).reason) ? kind.collides : undefined;
    if (ran.rc !== 0) throw new HostError(session.host, `cannot ${doing} ${title(want)}`, { command: commands[ran.done], stderr: ran.stderr || `exit status ${ran.rc}`, done: ran.done, hint });
    return ran.stdout.toString();
  }

  /** Waits until what was made does what it is there for; other requests to the host go on meanwhile. */
  async function settled(session: Session, doing: string, want: Want, { probe, notYet, seconds, late = "was not there" }: NonNullable<ReturnType<NonNullable<Kind["settled"]>>>): Promise<void> {
    for (const end = Date.now() + seconds * 1000; ; ) {
      const ran = await session.run([probe]);
      if (ran.rc === 0) return;
      // What it says is its own, so nothing is read from that.
      const said = { stderr: ran.stderr || `exit status ${ran.rc}`, hint: "" };
      if (ran.rc !== notYet) throw new HostError(session.host, `cannot ${doing} ${title(want)}`, said);
      if (Date.now() >= end) throw new HostError(session.host, `${title(want)} ${late} within ${seconds} s`, said);
      await new Promise((resolve) => setTimeout(resolve, SETTLED_EVERY));
    }
  }

  /** Changes the host so that it takes the change back unless a new login finds it good. */
  function guarded<T>(doing: string, want: Want, { claims, commands, undo, why }: Change, confirm: (fresh: Session) => Promise<T>): Promise<T> {
    const touches = kind.touches?.(want as never) ?? [];
    const itself = keptWhole(touches) ? [] : undo();
    const touched = [...touches.flatMap(scope), `claim ${claimFile(objectOf(want))}`, ...(want.probes ?? []).map((address) => `probe ${address}`)];
    return changes.guarded(want.host, { owner: want.owner, what: `${doing} ${title(want)}`, why: why!, claims, commands, undo: itself, touched, seconds: want.confirmTimeout ?? CONFIRM, group: want.atomic }, confirm);
  }

  /** Whether it does what it is there for, and what is seen of it then. */
  async function confirmed(session: Session, doing: string, want: Want): Promise<Properties> {
    const settles = kind.settled?.(want as never);
    if (settles) await settled(session, doing, want, settles);
    return verified(session.host, want, await show(session, want));
  }

  /** Acts and looks again, in one round trip where no guard is needed, and insists that the kernel has what is wanted. */
  async function actAndVerify(session: Session, doing: string, want: Want, change: Change): Promise<Properties> {
    if (change.why && change.commands.length > 0) return guarded(doing, want, change, (fresh) => confirmed(fresh, doing, want));
    if (kind.settled) {
      await act(session, doing, want, [...change.claims, ...change.commands]);
      return confirmed(session, doing, want);
    }
    const asked = kind.show(want as never);
    const shown = await act(session, doing, want, [...change.claims, ...change.commands, ...asked]);
    return verified(session.host, want, asked.length === 1 ? [shown] : shown.split("\n"));
  }

  function verified(host: string, want: Want, shown: (string | undefined)[]): Properties {
    const observed = parse(shown, want);
    if (!observed || observed.conflict) throw new HostError(host, `${title(want)} is not there after it was made${observed?.conflict ? `: ${observed.conflict}` : ""}`);
    const wrong = differences(kind, want, observed).map((key) => `${key}: wanted ${tell(want, key)}, the kernel has ${tell(observed, key)}`);
    if (wrong.length > 0) throw new HostError(host, `${title(want)} came out differently: ${wrong.join("; ")}`);
    return observed;
  }

  /** Why an object that is there may not be taken; undefined where it may. */
  function refusal(want: Want, { observed, claim: held }: Look): string | undefined {
    if (held && !holds(held, want.owner) && (observed || kind.borrowed)) {
      if (kind.borrowed) return disagreement(want, want.owner, { observed, claim: held });
      return `${title(want)} belongs to ${held.owner}: declare an object only once, in one stack; a resource that was renamed or moved needs an alias`;
    }
    if (!observed) return kind.borrowed ? `${title(want)} is not there, and is not linuxnet's to make` : undefined;
    if (observed.conflict) return `cannot make ${title(want)}: ${observed.conflict}`;
    if (kind.borrowed || held) return undefined;
    if (!want.adopt) return `${title(want)} is there already, and linuxnet did not make it: ${kind.neverAdopted ? "" : "set `adopt: true` to take it over, or "}remove it from the host`;
    const frozen = fixed(kind, want, observed, differences(kind, want, observed));
    return frozen.length > 0 ? `cannot adopt ${title(want)}: ${frozen.map((k) => `${k} is ${tell(observed, k)}, not ${tell(want, k)}`).join("; ")}, and cannot change in place` : undefined;
  }

  /** What is always there several may want, if they want the same: how this one differs from what the others have. */
  function disagreement(want: Want, me: string, { observed, claim: held }: Pick<Look, "observed" | "claim">): string | undefined {
    const holders = others(held, me);
    const differing = holders && observed ? differences(kind, want, observed).map((key) => `${key} ${tell(observed, key)}, not ${tell(want, key)}`) : [];
    return differing.length > 0 ? `${title(want)} belongs to ${holders}, with ${differing.join("; ")}: all who declare it must want the same` : undefined;
  }

  /** Why an object that others live on may not be made anew by an update: they would go with it, and nobody would know. */
  function remade(want: Want, { observed }: Look): string | undefined {
    if (!kind.carries) return undefined;
    const frozen = observed ? fixed(kind, want, observed, differences(kind, want, observed)) : [];
    if (observed && frozen.length === 0) return undefined;
    const how = observed ? `was changed by hand in what cannot change in place (${frozen.map((k) => `${k} is ${tell(observed!, k)}`).join("; ")})` : "is gone";
    return `${title(want)} ${how}: run \`pulumi up --refresh\`, which makes it and what lived on it again`;
  }

  /** What an adoption changed: to Pulumi it looks like something new. */
  function adopted(name: string, want: Properties, seen: Properties): string {
    const changes = differences(kind, want, seen).map((key) => `${key} ${tell(seen, key)} → ${tell(want, key)}`);
    return `${name}: adopted ${title(want)}, ${changes.join(", ") || "which is as it was"}`;
  }

  /** Commands that take the object from what was seen to what is wanted, take away the properties that are dropped, and do what is only told. */
  function towards(want: Properties, { observed, shown }: Pick<Look, "observed" | "shown">, dropped: readonly string[] = [], told: readonly string[] = []): Argv[] {
    if (!observed) return made(kind, want, shown);
    const changed = [...new Set([...differences(kind, want, observed), ...dropped.filter((key) => observed[key] !== undefined), ...told])];
    if (changed.length === 0) return [];
    return fixed(kind, want, observed, differences(kind, want, observed)).length > 0 ? [...kind.del(want as never, observed), ...made(kind, want, shown)] : kind.set(want as never, changed, observed);
  }

  /** Commands that take the object from what was wanted back to what was seen. */
  function back(want: Properties, { observed, shown }: Look, dropped: readonly string[] = []): Argv[] {
    if (!observed) return kind.del(want as never, want);
    const before = { ...want, ...pick(observed, [...Object.keys(shaped(want)), ...dropped]) };
    const lost = Object.keys(kind.shape).filter((key) => want[key] !== undefined && key in observed && observed[key] === undefined);
    const after = { ...observed, ...Object.fromEntries(dropped.map((key) => [key, undefined])), ...want };
    return towards(omit(before, lost), { observed: after, shown }, lost);
  }

  /** Puts back what was found, or takes away what was made; then nothing of it is in the register. */
  async function undo(session: Session, want: Want, { observed, shown, claim: held, claimed }: Look, found: Properties | undefined, why?: string): Promise<void> {
    const left = held && replaced(held, want.owner);
    if (left) return void (await act(session, "release", want, [claim(objectOf(want), left, claimed)]));
    const change = async (doing: string, commands: Argv[], confirm: (session: Session) => Promise<void>): Promise<void> => {
      // What is taken away and has to come back is made as it was seen.
      const undo = () => towards({ ...want, ...declared(want, observed!) }, { observed: found && { ...observed, ...found }, shown });
      if (why && commands.length > 0) return guarded(doing, want, { claims: [], commands, undo, why }, confirm);
      await act(session, doing, want, commands);
      await confirm(session);
    };
    if (observed && !observed.conflict) {
      // It went at that very moment, by itself or with what it lived on.
      const absent = (error: unknown) => {
        if (!(error instanceof HostError && error.reason === "absent")) throw error;
      };
      if (found) {
        // Of what was declared, the object had nothing that was not found.
        const dropped = Object.keys(kind.shape).filter((key) => want[key] !== undefined && observed[key] !== undefined && found[key] === undefined);
        await change("restore", towards(omit({ ...want, ...found }, dropped), { observed, shown }, dropped), async () => undefined).catch(async (error) => {
          absent(error);
          if ((await look(session, want)).observed) throw error;
        });
      } else {
        await change("delete", kind.del(want as never, observed), (session) => gone(session, want)).catch(absent);
        await gone(session, want);
      }
    }
    await act(session, "release", want, [unclaim(objectOf(want))]);
  }

  async function gone(session: Session, want: Properties): Promise<void> {
    for (let i = 0; i < GONE.tries; i++) {
      const { observed } = await look(session, want);
      if (!observed || observed.conflict) return;
      await new Promise((resolve) => setTimeout(resolve, GONE.every));
    }
    throw new HostError(session.host, `${title(want)} is still there ${(GONE.tries * GONE.every) / 1000} s after its deletion`);
  }

  /** Clears up after a create that failed, and says what it could not clear. */
  async function clearUp(want: Want, seen: Look, found: Properties | undefined, failure: Error): Promise<never> {
    if (failure instanceof TakenBack) throw failure;
    const session = await open(want.host).catch(() => undefined);
    const left = session && (await look(session, want).catch(() => undefined));
    // What cannot be seen stays as the register has it: the next create goes on from there.
    if (!session || !left) throw failure;
    if (!holds(left.claim, want.owner)) throw left.claim ? new HostError(session.host, refusal(want, left) ?? failure.message) : failure;
    // Where nothing but the claim was done, an object that is there now is somebody else's, or as it was before.
    const begun = !(failure instanceof HostError && (failure.detail.done ?? 2) < 2);
    if (!begun && seen.claim) throw failure;
    await undo(session, want, { ...left, ...(!begun && !found && { observed: undefined }) }, found).catch(async (error: Error) => {
      const still = await look(session, want).catch(() => left);
      if (!still.observed) throw failure;
      const outs = { ...asSeen(want, still.observed), ...(found && { found }) };
      throw new PartialFailure(idOf(want), outs, new Error(`${failure.message}. Clearing up failed too: ${error.message}`));
    });
    throw failure;
  }

  /** Fails with what is there after an update that failed: only then is taking the change back an update too. */
  async function halfWay(id: string, want: Want, found: Properties | undefined, failure: Error): Promise<never> {
    if (failure instanceof TakenBack) throw failure;
    const session = await open(want.host).catch(() => undefined);
    const left = session && (await look(session, want).catch(() => undefined));
    if (!left?.observed || left.observed.conflict) throw failure;
    throw new PartialFailure(id, { ...asSeen(want, left.observed), ...(found && { found }) }, failure);
  }

  /** Makes the object, or takes over what is there; looks again where somebody else claimed something just then. */
  async function make(session: Session, want: Want, why: string | undefined, tries = 3): Promise<{ id: string; outs: Properties }> {
    const seen = await look(session, want);
    const refused = refusal(want, seen);
    if (refused) throw new HostError(session.host, refused);
    const ours = holds(seen.claim, want.owner);
    const shares = !ours && kind.borrowed && seen.claim ? joined(seen.claim, want.owner) : undefined;
    const found = ours || shares ? seen.claim?.found : seen.observed && declared(want, seen.observed);
    try {
      const claims = [claim(objectOf(want), shares ?? (ours ? seen.claim! : { owner: want.owner, found }), seen.claimed)];
      const observed = await actAndVerify(session, "make", want, { claims, commands: towards(want, seen), undo: () => back(want, seen), why });
      if (seen.observed && want.adopt && !ours) console.info(adopted(session.host, want, seen.observed));
      return { id: idOf(want), outs: outputs(want, observed, found) };
    } catch (error) {
      if (tries > 1 && contended(error)) return make(session, want, why, tries - 1);
      return await clearUp(want, seen, found, error as Error);
    }
  }

  return {
    async check(olds, news) {
      const { value, problems } = check(kind, news, facts, olds);
      return { inputs: value, failures: problems };
    },

    async diff(_id, olds, news) {
      const { changed, replaces, deleteBeforeReplace } = plan(kind, olds, news);
      return { changes: changed.length > 0, replaces, deleteBeforeReplace };
    },

    create: (given) => inTurn(given, make),

    async read(id, props) {
      const session = await open((props as Want).host);
      const { observed, claim: held, claimed } = await look(session, props, props);
      if (!observed || observed.conflict) {
        // What is there under that name later is somebody else's.
        if (held && holds(held, props.owner as string) && !held.also) await act(session, "release", props, [unclaim(objectOf(props))]);
        return {};
      }
      // A reboot takes the register along, but not what others want as well.
      if (kind.borrowed && !holds(held, props.owner as string) && differences(kind, props, observed).length === 0) {
        const ours = { owner: props.owner as string, found: props.found as Properties | undefined };
        await act(session, "claim", props, [claim(objectOf(props), held ? joined(held, ours.owner) : ours, claimed)]);
      }
      const now = asSeen(props, observed);
      return { id, props: now, inputs: pick(now, inputs) };
    },

    update: (id, olds, news) => inTurn(news, async (session, want, why) => {
      const seen = await look(session, want, olds);
      if (seen.observed?.conflict) throw new HostError(session.host, `cannot change ${title(want)}: ${seen.observed.conflict}`, { hint: "Run `pulumi up --refresh`" });
      const held = { ...seen, claim: seen.claim ?? { owner: want.owner } };
      // A resource that was renamed keeps its object.
      const refused = holds(seen.claim, olds.owner as string) ? disagreement(want, olds.owner as string, seen) : refusal(want, held);
      if (refused) throw new HostError(session.host, refused);
      const changedByHand = remade(want, seen);
      if (changedByHand) throw new HostError(session.host, changedByHand);
      const before = olds.found as Properties | undefined;
      // What the program declares only now was found now; what it no longer declares goes back to what was found.
      const known = before && seen.observed && { ...declared(want, seen.observed, (key) => olds[key] === undefined), ...before };
      const dropped = Object.keys(kind.shape).filter((key) => olds[key] !== undefined && want[key] === undefined);
      const target = { ...want, ...pick(before ?? {}, dropped) };
      const found = known && omit(known, dropped);
      const mine = seen.claim && replaced(seen.claim, olds.owner as string, want.owner);
      const claims = [claim(objectOf(want), mine?.also ? mine : { owner: want.owner, found }, seen.claimed)];
      // What the kernel does not show counts by what was declared.
      const told = Object.keys(kind.shape).filter((key) => seen.observed && !(key in seen.observed) && !equal(olds[key], want[key]));
      const commands = towards(target, seen, dropped.filter((key) => target[key] === undefined), told);
      try {
        return { outs: outputs(want, await actAndVerify(session, "change", want, { claims, commands, undo: () => back(want, seen, dropped), why }), found) };
      } catch (error) {
        return await halfWay(id, want, found, error as Error);
      }
    }),

    delete: (_id, props) => inTurn(props, async (session, want, why) => {
      const seen = await look(session, want, want);
      if (seen.claim && !holds(seen.claim, want.owner)) return;
      await undo(session, want, seen, (want.found as Properties | undefined) ?? seen.claim?.found, why);
    }),
  };
}

/** Whether nothing was done because the register had changed since it was looked at. */
function contended(error: unknown): boolean {
  return error instanceof HostError && error.detail.done === 0 && (error.detail.stderr ?? "").includes("the register says meanwhile");
}
