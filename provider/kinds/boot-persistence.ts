import { z } from "zod";
import { ownerOfScript } from "../boot.js";
import { text } from "../fields.js";
import { defineKind, type Argv } from "../kind.js";
import { INSTALL, REMOVE, SHOW } from "./boot-scripts.js";

export const bootPersistenceShape = {
  /** What its files on the host are named after: up to 100 letters, digits, "_", "-" and inner dots. Default: `PROJECT.STACK`. */
  name: text((v) => (/^[A-Za-z0-9][\w-]*(\.[\w-]+)*$/.test(v) && v.length <= 100 ? undefined : `"${v}" is not a name for its files: 1 to 100 letters, digits, "_", "-" and inner dots`)),
  /** Output: what is run at boot. Made from everything that the program declares on the host; a secret where any of that is. */
  script: text((v) => (v.includes("\0") ? "holds a NUL character" : undefined)),
  /** Output: always true. A refresh shows false where the host would not run it at boot; the next update then sees to that. */
  enabled: z.literal(true, { error: "is true: to end it, remove the resource" }).default(true),
};

const script = (text: string, want: { name: string }): Argv => ["sh", "-c", text, "linuxnet", want.name];
const install = (want: { name: string; script: string }): Argv => Object.assign([...script(INSTALL, want)], { input: want.script });

export const bootPersistence = defineKind({
  name: "BootPersistence",
  shape: bootPersistenceShape,
  outputs: [],
  identity: ["name"],
  last: true,
  secret: ["script"],
  neverAdopted: "what a host runs at boot for linuxnet is what linuxnet writes itself",
  objects: (want) => [`boot ${want.name}`],
  show: (want) => [script(SHOW, want)],
  parse: ([shown], want) => {
    if (!shown) return undefined;
    const status = shown.indexOf("\n");
    const found = shown.slice(status + 1);
    return { name: want.name, script: found, enabled: (shown.slice(0, status) === "enabled") as true, owner: ownerOfScript(found) };
  },
  add: (want) => [install(want)],
  set: (want) => [install(want)],
  del: (want) => [script(REMOVE, want)],
});
