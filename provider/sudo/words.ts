/**
 * Sorts of words in commands, as regular expressions of POSIX (regex(7), ERE) that JavaScript reads alike. None takes a blank, a newline or, but for settings
 * and prefixes, a slash, so nothing that a user puts there is read as an option, a path, or more words than one.
 */
const sorts = {
  /** Of what links and namespaces can be called, what needs no second thought; never `.` or `..`. */
  name: "[A-Za-z0-9_][A-Za-z0-9_.@-]*",
  mac: "[0-9a-f]{2}(:[0-9a-f]{2}){5}",
  number: "[0-9]+(-[0-9]+)?",
  hex: "0x[0-9a-f]+(/0x[0-9a-f]+)?",
  ip: "([0-9]+([.][0-9]+){3}|[0-9a-f]*:[0-9a-f:.]*)",
  prefix: "([0-9]+([.][0-9]+){3}|[0-9a-f]*:[0-9a-f:.]*)/[0-9]+",
  setting: "/proc/sys/net(/[A-Za-z0-9_@:-]+([.][A-Za-z0-9_@:-]+)*)+",
  /** A file of the register: what encodeURIComponent leaves, after the first letter of a word of linuxnet's own. */
  claim: "[a-z][A-Za-z0-9_.~%+-]*",
} as const;

/** Writes out the sorts in an expression: `<name>`. */
export function expanded(expression: string): string {
  return expression.replaceAll(/<(\w+)>/g, (_, sort: string) => sorts[sort as keyof typeof sorts]);
}

const compiled = new Map<string, RegExp>();

/** Whether a text is, as a whole, what an expression says. */
export function matches(expression: string, text: string): boolean {
  const regexp = compiled.get(expression) ?? new RegExp(`^${expanded(expression)}$`);
  compiled.set(expression, regexp);
  return regexp.test(text);
}
