import { typed } from "../errors.js";
import { omit } from "../handlers.js";
import type { Argv, Kind, Problem } from "../kind.js";
import { names, needsRoot, rightsOf } from "./rights.js";

type Properties = Record<string, unknown>;

/** Values that sudoers files name, one of each sort of text that has others. */
const harmless = ["name0", "net.name0"];

/** The first command of an object that no sudoers file of linuxnet names. */
function unnamed(kind: Kind, want: Properties): Argv | undefined {
  const fixed: readonly string[] = [...kind.identity, ...(kind.immutable ?? [])];
  const changing = Object.keys(kind.shape).filter((key) => want[key] !== undefined && !fixed.includes(key));
  const all = [...kind.show(want as never), ...kind.add(want as never), ...kind.set(want as never, changing, want as never), ...kind.del(want as never, want as never)];
  return all.find((argv) => needsRoot(argv) && !names(rightsOf(kind.name), argv));
}

/** What keeps an object from being made by a user who may run as root only what a sudoers file names. */
export function refusals(kind: Kind, want: Properties): Problem[] {
  if (rightsOf(kind.name).length === 0) {
    return [{ property: "host", reason: `a ${kind.name} takes more than \`sudo: "commands"\` gives: what makes it as root cannot be named without giving root away. Set \`sudo: true\` on the Host, or log in as root` }];
  }
  const command = unnamed(kind, want);
  if (!command) return [];
  const others = (key: string): Properties[] => [omit(want, [key]), ...harmless.map((value) => ({ ...want, [key]: value }))].filter((other) => kind.shape[key]!.safeParse(other[key]).success);
  const property = Object.keys(kind.shape).find((key) => want[key] !== undefined && others(key).some((other) => !unnamed(kind, other))) ?? "host";
  return [{ property, reason: `with \`sudo: "commands"\` on the Host there is no right to run \`${typed(command)}\`: names and texts are words of letters, digits and _.@-, settings are those below net, and nothing is run inside a namespace or by a shell` }];
}
