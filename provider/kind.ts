import type { z } from "zod";
import type { Part } from "../network/part.js";
import type { Facts } from "./host/facts.js";
import type { Release } from "./iproute2.js";
import type { Touch } from "./risk.js";

/** A command as an argument vector, never spliced into a shell line unquoted; `input` is what it reads, which no message and no process list shows. */
export type Argv = readonly string[] & { readonly input?: string };

/** The properties of a kind, by name; JSDoc above each key is what a program's author sees. */
export type Shape = Record<string, z.ZodType>;

/** What a program declared, checked and with its defaults. */
export type Want<S extends Shape> = { [K in keyof S]: z.output<S[K]> };

/** What the kernel shows, in the words of the shape; `conflict` says that something else bears the name, `owner` whose it is where the object itself tells, `mark` the mark that it bears. */
export type Observed<S extends Shape> = Partial<Want<S>> & { conflict?: string; owner?: string; mark?: string } & Record<string, unknown>;

/** A property, or one inside it: `peer.name`. */
export type Path<S extends Shape> = (keyof S & string) | `${keyof S & string}.${string}`;

/** The resource that declares an object: project, stack and name, and what was declared before, if it exists. */
export interface Resource {
  owner: string;
  before: Record<string, unknown>;
}

/** One thing wrong with what a program declared. */
export interface Problem {
  property: string;
  reason: string;
}

/**
 * A class of kernel object: data and pure functions, no I/O. The lifecycle drives it without knowing which it is.
 */
export interface Kind<S extends Shape = Shape> {
  /** Its name in Pulumi. */
  readonly name: string;
  readonly shape: S;
  /** Names of the outputs that only the kernel knows. */
  readonly outputs: readonly string[];
  /** Properties that say which object it is: another value is another object. */
  readonly identity: readonly Path<S>[];
  /** Properties that the kernel cannot change in place. */
  readonly immutable?: readonly (keyof S & string)[];
  /** Properties that name what it lives on: when that is replaced, this is too. */
  readonly refs?: readonly Path<S>[];
  /** Of those that replace: properties that let old and new live side by side, so that the new one comes first. */
  readonly beside?: readonly (keyof S & string)[] | ((want: Want<S>, old: Partial<Want<S>>) => readonly (keyof S & string)[]);
  /** The object is always there (a sysctl, somebody else's link): creating it is changing it, deleting it is restoring it. */
  readonly borrowed?: boolean;
  /** What a program leaves out must not be there: a rule that matches more than it says is another rule. */
  readonly exact?: boolean;
  /** Other objects live on it, and go with it. */
  readonly carries?: boolean;
  /** It looks at all else that the program declares, and comes after that. */
  readonly last?: boolean;
  /** Properties that no message tells. */
  readonly secret?: readonly (keyof S & string)[];
  /** Why an object that is there already cannot be taken over, where it never can. */
  readonly neverAdopted?: string;
  /** The kind of link that the kernel must have. */
  readonly linkKind?: string;
  /** The release of iproute2 that brought what it needs, where that is later than what every kind needs. */
  readonly iproute2?: Release;
  /** Commands that it needs besides those that every host has, each with the package that has it. */
  readonly tools?: Readonly<Record<string, string>>;
  /** What it means, and what to do, when the kernel says that it exists although nothing bears its name. */
  readonly collides?: string;
  /** Further properties whose change replaces, where that depends on the values. */
  replaceOn?(want: Want<S>, old: Partial<Want<S>>): (keyof S & string)[];
  /** Fills in what follows from other properties and from the host's facts (undefined where it could not be met), as `unknownValue` where those are not known. Must be the same for the same input. */
  complete?(want: Want<S>, seed: string, facts: Facts | undefined, resource: Resource): Want<S>;
  /** What is wrong between properties, or with what the host can do (undefined where it could not be met). */
  rules?(want: Want<S>, facts: Facts | undefined): Problem[];
  /** What of it keeps the host from making it again by itself after a reboot. */
  unrestorable?(want: Want<S>): Problem | undefined;
  /** Whether a reboot does not take it along. */
  outlivesReboot?(want: Want<S>): boolean;
  /** The kernel objects that it occupies, the one it is named by first. */
  objects(want: Want<S>): [string, ...string[]];
  /** What it changes of the host's own network, so that a change that may cut the way to the host is known as one; nothing where it lies in another namespace. */
  touches?(want: Want<S>): Touch[];
  /** What it means for packets, where it means something. */
  network?(want: Want<S>): Part[];
  /** Commands that show it, on stdout. */
  show(want: Want<S>): Argv[];
  /** Reads what `show` printed: one entry a command, undefined where the command found nothing. */
  parse(shown: (string | undefined)[], want: Want<S>): Observed<S> | undefined;
  /** Commands that make it; `shown` is what `show` printed before. */
  add(want: Want<S>, shown?: (string | undefined)[]): Argv[];
  /** Where the kernel keeps with it whose it is: the commands for that (`parse` reads it as `mark`), and the output that is another one each time that it is made. */
  mark?: { put(want: Want<S>, text: string): Argv[]; instance: string };
  /** Commands that take it from what was observed to what is wanted; `changed` names the properties that differ, also those that are wanted no longer. */
  set(want: Want<S>, changed: readonly string[], observed: Observed<S>): Argv[];
  del(want: Want<S>, observed: Observed<S>): Argv[];
  /**
   * Where what was made takes a while to do what it is there for: a command that succeeds as soon as it does. It is asked again while it ends with `notYet`, for so many
   * seconds; any other failure is final. `late` is what is said of it then. Default: that it was not there.
   */
  settled?(want: Want<S>): { probe: Argv; notYet: number; seconds: number; late?: string };
}

/** Keeps the shape's own type, so that a misspelt property does not compile. */
export function defineKind<const S extends Shape>(kind: Kind<S>): Kind<S> {
  return kind;
}

/** An object as messages name it. */
export function titleOf(kind: Kind, want: Record<string, unknown>): string {
  return [kind.name, ...kind.objects(want as never)[0].split(" ").slice(1).filter(Boolean)].join(" ");
}
