import { kinds, sets } from "../registry.js";
import { ofRegister, rightsOf, type Right } from "./rights.js";
import { expanded } from "./words.js";

/** A user's or, after a %, a group's name as useradd(8) has it. */
const NAME = /^%?[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The kinds that have rights. */
export const nameable = Object.keys(kinds).filter((kind) => rightsOf(kind).length > 0);

/** The kinds by names that may also be those of sets. */
function kindsOf(names: readonly string[]): string[] {
  const found = names.map((name) => (sets as Readonly<Record<string, string>>)[name] ?? name);
  const unknown = found.filter((name) => !(name in kinds));
  if (unknown.length > 0) throw new Error(`There is no kind of resource ${unknown.join(", ")}; there are ${[...nameable, ...Object.keys(sets)].join(", ")}`);
  const none = found.filter((name) => rightsOf(name).length === 0);
  if (none.length > 0) throw new Error(`${none.join(", ")}: what makes these as root cannot be named without giving root away; a host that has them needs \`sudo: true\`, or root's login. There are ${nameable.join(", ")}`);
  return [...new Set(found)];
}

/** A command of a sudoers file, in whichever of the usual folders the tool is. */
const command = ({ tool, args }: Right) => `^/(usr/)?s?bin/${tool}$ ^${expanded(args)}$`;

/**
 * A sudoers file by which a user who is not root can make what kinds say, and nothing else; `names` are those of kinds or of sets, by default all that can be named.
 * @throws where a name is none, or a kind takes more than that.
 */
export function sudoers(user: string, names: readonly string[] = nameable): string {
  if (!NAME.test(user)) throw new Error(`"${user}" is not the name of a user, or of a group after a %`);
  const of = kindsOf(names);
  const alias = `LINUXNET_${user.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
  const commands = [...new Set([...ofRegister, ...of.flatMap(rightsOf)].map(command))];
  return `# What linuxnet needs on a host with \`user: "${user.replace("%", "")}", sudo: "commands"\`, for ${of.join(", ")}.
# Made by \`linuxnet doctor --sudoers\`: check it by \`visudo -cf FILE\` and put it into /etc/sudoers.d. Needs sudo 1.9.10 or later.
Cmnd_Alias ${alias} = \\
  ${commands.join(", \\\n  ")}
# The tools are those of the system, whatever PATH, environment and folder the user has.
Defaults:${user} env_reset, !setenv, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
# None of them runs on or reads a terminal; a pseudo-terminal for each costs more than what it does.
Defaults!${alias} !use_pty
${user} ALL=(root) CWD=/ NOPASSWD: ${alias}
`;
}
