import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { checkShape } from "../check.js";
import { ifname } from "../fields.js";
import { pick, type Handlers, type Properties } from "../handlers.js";
import { canonical, equal } from "../plan.js";
import { hasUnknown, unknownValue } from "../unknown.js";
import { heed } from "./changes.js";
import { connection, connectionShape, machine, type Connection } from "./connection.js";
import { meet, UnfitHost, type Facts, type Met } from "./facts.js";
import type { Groups } from "./groups.js";
import type { Session } from "./session.js";

export const hostShape = {
  ...connectionShape,
  /** The link that carries the host's own traffic. Default: the one with the default route. */
  uplink: ifname.optional(),
};

/** What the SDK says besides: the UplinkBridge into which the program puts the uplink. */
const inputShape = { ...hostShape, uplinkBridge: ifname.optional() };

/** The facts of a host that its check adds to the inputs, so that the first preview knows them. */
export const factNames = ["kernel", "iproute2", "uplink", "uplinkManager", "mtu", "mac", "address", "prefix", "gateway", "address6", "prefix6", "gateway6", "linkKinds", "iptables", "firewalls", "managers"] as const satisfies readonly (keyof Facts)[];

/** A host as a resource: meeting it in `check` is the one I/O that a check does. */
export function hostHandlers(open: (host: Connection) => Promise<Session>, met: Map<string, Met>, groups: Groups): Handlers {
  const meetNow = async (given: Properties, orFound = false, preview = false): Promise<Met> => {
    const c = connectionOf(given);
    const session = await open(c);
    const [facts] = await Promise.all([meet(session, given.uplink as string | undefined, orFound, given.uplinkBridge as string | undefined), heed(session, groups, preview)]);
    met.set(machine(c), facts);
    return facts;
  };
  // Pulumi checks one resource after the other; the first host that is checked has all of the program's hosts met at once.
  const meeting = new Map<string, Promise<Met>>();
  const meetOnce = (given: Properties, preview: boolean): Promise<Met> => {
    const key = canonical(given);
    const under = meeting.get(key) ?? meetNow(given, false, preview);
    meeting.set(key, under);
    under.catch(() => undefined);
    return under;
  };
  const outputs = (inputs: Properties, facts: Met): Properties => ({ ...inputs, bootId: facts.bootId });

  return {
    async check(olds, { dryRun, together, declares, tell, ...news }) {
      for (const one of (together ?? []) as Properties[]) {
        const other = hasUnknown(one) ? undefined : checkShape(inputShape, one);
        if (other?.problems.length === 0) void meetOnce(other.value, dryRun === true);
      }
      const { value, problems } = checkShape(inputShape, news);
      if (problems.length > 0) return { inputs: value, failures: problems };
      const inputs = { ...value, connection: connectionOf(value) };
      if (hasUnknown(value)) return { inputs: { ...inputs, ...unknownFacts(value) }, failures: [] };
      try {
        const facts = await meetOnce(value, dryRun === true);
        // The program foresees with it what becomes of packets. No input, as it changes by what others do.
        if (typeof tell === "string" && existsSync(dirname(tell))) writeFileSync(tell, JSON.stringify(facts.ground));
        if (dryRun) for (const warning of contested(facts, connectionOf(value), (declares ?? []) as string[])) console.warn(`warning: ${warning}`);
        return { inputs: { ...inputs, ...known(facts) }, failures: [] };
      } catch (error) {
        const reason = (error as Error).message;
        if (!dryRun || error instanceof UnfitHost) return { inputs, failures: [{ property: "ssh", reason }] };
        // A preview goes on with what was known of the same machine, or with nothing.
        console.warn(`warning: ${reason}. The preview goes on without it`);
        const met = olds.kernel !== undefined && equal([olds.ssh, olds.port], [value.ssh, value.port]);
        return { inputs: { ...inputs, ...(met ? known(olds) : unknownFacts(value)) }, failures: [] };
      }
    },

    async diff(_id, olds, news) {
      const changed = [...Object.keys(connectionShape), "uplinkBridge", ...factNames].filter((key) => !equal(olds[key] ?? null, news[key] ?? null));
      return { changes: changed.length > 0, replaces: changed.filter((key) => key === "ssh" || key === "port"), deleteBeforeReplace: false };
    },

    async create(inputs) {
      const c = connectionOf(inputs);
      return { id: machine(c), outs: outputs(inputs, met.get(machine(c)) ?? (await meetNow(inputs))) };
    },

    async read(id, props) {
      const facts = await meetNow(props, true);
      const now: Properties = { ...props, ...known(facts), bootId: facts.bootId };
      return { id, props: now, inputs: pick(now, [...Object.keys(connectionShape), "connection", "uplinkBridge", ...factNames]) };
    },

    async update(_id, _olds, news) {
      return { outs: outputs(news, met.get(machine(connectionOf(news))) ?? (await meetNow(news))) };
    },

    async delete() {},
  };
}

/** Who will undo what the program makes, unless the program declares what keeps it from that. */
function contested({ contenders }: Met, host: Connection, declares: string[]): string[] {
  return contenders.filter(({ by }) => !by || !declares.includes(by)).map(({ name, does, remedy }) => `${machine(host)}: ${name} runs there and ${does}: ${remedy}`);
}

function connectionOf(given: Properties): Connection {
  const c = pick(given, Object.keys(connectionShape));
  return hasUnknown(c) ? (c as Connection) : connection.parse(c);
}

/** All facts; one that the host has not is null, so that a preview knows that too. */
function known(facts: Properties | Facts): Properties {
  return Object.fromEntries(factNames.map((name) => [name, (facts as Properties)[name] ?? null]));
}

function unknownFacts(given: Properties): Properties {
  return { ...Object.fromEntries(factNames.map((name) => [name, unknownValue])), ...pick(given, ["uplink"]) };
}
