import { z } from "zod";
import { ip } from "./fields.js";
import { pick } from "./handlers.js";
import { connection, machine, type Connection } from "./host/connection.js";
import type { Met } from "./host/facts.js";
import { unguardable } from "./host/changes.js";
import { olderThan } from "./iproute2.js";
import type { Kind, Problem, Shape } from "./kind.js";
import { risk } from "./risk.js";
import { refusals } from "./sudo/refusals.js";
import { hasUnknown, unknownValue } from "./unknown.js";

type Properties = Record<string, unknown>;

/** What every kernel object has besides its own shape. */
export const common = {
  host: connection,
  /** Project, stack and resource, by which the host's register knows whose an object is. */
  owner: z.string(),
  /** Take over an object that is there already; deleting the resource then gives back what was found. */
  adopt: z.boolean().optional(),
  /** Whether the host takes a change back that no new login confirms. Default: where the change may cut the way to the host. */
  guard: z.boolean().optional(),
  /** Seconds until it does. */
  confirmTimeout: z.number().int().min(5).max(3600).optional(),
  /** Addresses that the host must reach after such a change, if it did before. */
  probes: z.array(ip).optional(),
  /** The Atomic that it belongs to: project, stack and resource. */
  atomic: z.string().optional(),
};

/** What the SDK says for the program. */
const unspoken = ["owner", "atomic"];

/** Checks properties against a shape: every problem at once, each with its path; what a preview does not know yet passes. */
export function checkShape(shape: Shape, given: Properties): { value: Properties; problems: Problem[] } {
  const input = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== null && v !== undefined));
  const lenient = Object.fromEntries(Object.entries(shape).map(([key, type]) => [key, hasUnknown(input[key]) ? z.any() : type]));
  const result = z.strictObject(lenient).safeParse(input, { reportInput: true });
  if (result.success) return { value: dropUndefined(result.data), problems: [] };
  return { value: input, problems: result.error.issues.flatMap((issue) => describe(issue, Object.keys(shape))) };
}

/** Checks what a program declared for a kind, and fills in what follows from it; `olds` is what was declared before. */
export function check(kind: Kind, given: Properties, facts?: (host: Connection) => Met | undefined, olds: Properties = {}): { value: Properties; problems: Problem[] } {
  const checked = checkShape({ ...kind.shape, ...common }, given);
  if (checked.problems.length > 0) return checked;
  const { host } = checked.value as { host: Connection | undefined };
  const found = known(host) ? facts?.(host!) : undefined;
  const missing = found ? lacking(kind, machine(host!), found) : [];
  const own = pick(checked.value, Object.keys(kind.shape));
  const never = checked.value.adopt && kind.neverAdopted ? [{ property: "adopt", reason: `${kind.neverAdopted}: there is nothing to take over` }] : [];
  const problems = [...missing, ...never, ...(hasUnknown(own) ? [] : (kind.rules?.(own as never, found) ?? []))];
  const value = dropUndefined(complete(kind, checked.value, found, olds));
  return { value, problems: problems.length > 0 ? problems : refused(kind, value, found) };
}

/** What cannot be where root runs only the commands that sudoers name. */
function refused(kind: Kind, value: Properties, found: Met | undefined): Problem[] {
  const host = value.host as Connection | undefined;
  const own = pick(value, Object.keys(kind.shape));
  if (host?.sudo !== "commands" || hasUnknown([host, own])) return [];
  const why = value.guard ?? host.guard ?? (found?.path && risk(kind.touches?.(own as never) ?? [], found.path));
  const unguarded = why ? [{ property: "guard", reason: unguardable(why === true ? undefined : String(why)) }] : [];
  return [...refusals(kind, own), ...unguarded];
}

/** What a host would need for a kind, and has not. */
function lacking({ name, linkKind, tools = {}, iproute2 }: Kind, host: string, found: Met): Problem[] {
  const without = Object.entries(tools).filter(([tool]) => !found.tools.includes(tool));
  return [
    ...(linkKind && !found.linkKinds.includes(linkKind) ? [`the kernel ${found.kernel} of ${host} has no ${linkKind} links: load or install the module (on Debian cloud images: the full linux-image package)`] : []),
    ...(iproute2 && olderThan(found.iproute2, iproute2) ? [`${host} has iproute2 ${found.iproute2}, and a ${name} needs ${iproute2}: install a newer one`] : []),
    ...without.map(([tool, from]) => `${host} has no ${tool}, by which a ${name} is made: install the package ${from}`),
  ].map((reason) => ({ property: "host", reason }));
}

function known(value: unknown): boolean {
  return value !== undefined && !hasUnknown(value);
}

function complete(kind: Kind, value: Properties, facts: Met | undefined, olds: Properties): Properties {
  const { owner, host } = value as { owner: string; host: Connection };
  const completed = kind.complete?.(value as never, known(host) ? seed(owner, machine(host)) : unknownValue, facts, { owner, before: olds }) ?? value;
  // What is taken over keeps what was not given, such as its MAC address; a resource that exists is given no more than it was. What
  // says which object it is, it needs in any case.
  const exists = Object.keys(olds).length > 0;
  return value.adopt || exists ? (within(completed, [value, olds, pick(completed, kind.identity)]) as Properties) : completed;
}

/** Only what is there in one of the others too, at any depth. */
function within(completed: unknown, others: unknown[]): unknown {
  if (typeof completed !== "object" || completed === null || Array.isArray(completed)) return completed;
  const given = others.filter((o): o is Properties => typeof o === "object" && o !== null);
  const kept = Object.entries(completed).filter(([key]) => given.some((o) => key in o));
  return Object.fromEntries(kept.map(([key, v]) => [key, within(v, given.map((o) => o[key]))]));
}

/** Stack and host: what makes defaults differ between stacks, and stay when a resource is renamed. */
export function seed(owner: string, host: string): string {
  return `${owner.split("/").slice(0, 2).join("/")} ${host}`;
}

function dropUndefined(value: Properties): Properties {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined));
}

/** An issue of zod's in the words of a program's author. */
function describe(issue: z.core.$ZodIssue, known: string[]): Problem[] {
  const property = z.core.toDotPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const others = property ? "" : `; there are ${known.filter((k) => !unspoken.includes(k)).join(", ")}`;
    return issue.keys.map((key) => ({ property: [property, key].filter(Boolean).join("."), reason: `there is no such property${others}` }));
  }
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_union")) return [{ property, reason: "is missing" }];
  if ((issue.code === "too_big" || issue.code === "too_small") && issue.origin !== "array") return [{ property, reason: `${String(issue.input)} is out of range: ${issue.message}` }];
  return [{ property, reason: issue.message }];
}
