import { z } from "zod";
import { HostError, typed } from "../../provider/errors.js";
import type { Connection } from "../../provider/host/connection.js";
import type { Ran, Session } from "../../provider/host/session.js";
import { defineKind, type Argv, type Kind } from "../../provider/kind.js";

/** A kind like any other, of objects that only a fake host has. */
export const box = defineKind({
  name: "Box",
  shape: {
    name: z.string(),
    size: z.number().default(1),
    colour: z.string().default("red"),
    material: z.string().default("wood"),
    label: z.string().optional(),
  },
  outputs: ["serial"],
  identity: ["name"],
  immutable: ["material"],
  objects: (want) => [`box ${want.name}`],
  show: (want) => [["box", "show", want.name]],
  parse: ([shown], want) => {
    if (!shown) return undefined;
    const { crate, ...seen } = JSON.parse(shown) as Record<string, any>;
    return { name: want.name, label: undefined, ...seen, ...(crate ? { conflict: `${want.name} is there as a crate, not a box` } : {}) };
  },
  add: (want) => [["box", "add", want.name, `material=${want.material}`], ["box", "set", want.name, `size=${want.size}`, `colour=${want.colour}`, ...(want.label === undefined ? [] : [`label=${want.label}`])]],
  set: (want, changed) => [["box", "set", want.name, ...changed.map((key) => `${key}=${(want as Record<string, unknown>)[key] ?? ""}`)]],
  del: (want) => [["box", "del", want.name]],
}) as unknown as Kind;

type Box = Record<string, string | number | boolean>;
interface Answer {
  rc?: number;
  stdout?: string;
  stderr?: string;
}

/** What befalls a command: an answer instead of the command's own, or the end of the session before or after it is done. */
type Fate = Answer | "lost before" | "lost after" | undefined;

/**
 * A host that is nothing but what commands do to it: boxes, settings below /proc/sys, and the register. Requests are
 * done whole, in the order in which they come, as the shell of a real session does them.
 */
export class FakeHost {
  readonly boxes = new Map<string, Box>();
  readonly settings = new Map<string, string>();
  readonly register = new Map<string, string>();
  /** Every command that was done or tried. */
  readonly log: string[] = [];
  /** Looks for which a deleted box can still be seen. */
  lingering = 0;
  down = false;
  /** Says what befalls a command; by default nothing does. */
  fate: (command: string) => Fate = () => undefined;
  private serial = 0;
  private readonly going = new Map<string, number>();
  private readonly tools: Record<string, (args: string[], input?: string) => Answer> = {
    box: ([verb = "", name = "", ...words]) => this.box(verb, name, words),
    cat: ([path = ""]) => (this.settings.has(path) ? { stdout: `${this.settings.get(path)}\n` } : { rc: 1, stderr: `cat: ${path}: No such file or directory` }),
    dd: ([of = ""], input = "") => {
      const path = of.replace(/^of=/, "");
      if (!this.settings.has(path)) return { rc: 1, stderr: `dd: failed to open '${path}': No such file or directory` };
      this.settings.set(path, input.trim());
      return {};
    },
    linuxnet_claimed: ([file = ""]) => ({ stdout: this.register.has(file) ? `${this.register.get(file)}\n` : "" }),
    linuxnet_claim: ([file = "", text = "", was = ""]) => {
      if ((this.register.get(file) ?? "") !== was) return { rc: 1, stderr: `the register says meanwhile: ${this.register.get(file) ?? "nothing"}` };
      this.register.set(file, text);
      return {};
    },
    linuxnet_unclaim: ([file = ""]) => {
      this.register.delete(file);
      return {};
    },
  };

  /** What a power cut leaves: the settings as they are at boot, no boxes, no register. */
  reboot(settings: Record<string, string> = {}): void {
    this.boxes.clear();
    this.register.clear();
    for (const [path, value] of Object.entries(settings)) this.settings.set(path, value);
  }

  /** Everything on it, to be compared. */
  snapshot(): unknown {
    const strip = ({ serial: _, ...rest }: Box) => rest;
    return structuredClone({ boxes: [...this.boxes].map(([name, b]) => [name, strip(b)]), settings: [...this.settings], register: [...this.register] });
  }

  /** Commands that changed something, or tried to. */
  writes(): string[] {
    return this.log.filter((command) => !/^(box show|cat|linuxnet_)/.test(command));
  }

  readonly open = async ({ ssh }: Connection): Promise<Session> => {
    if (this.down) throw new HostError(ssh, "cannot log in: Connection refused");
    let lost = false;
    const run = (commands: readonly Argv[]): Ran => {
      if (lost) throw new HostError(ssh, "the SSH session is lost", { hint: "It has not run" });
      let stdout = "";
      for (const [done, argv] of commands.entries()) {
        const command = typed(argv);
        this.log.push(command);
        const fate = this.fate(command);
        if (fate !== "lost before" && fate !== undefined && fate !== "lost after") return { rc: fate.rc ?? 1, stdout: Buffer.from(stdout), stderr: fate.stderr ?? "", done };
        const answer = fate === "lost before" ? {} : (this.tools[argv[0]!]?.(argv.slice(1), argv.input) ?? { rc: 127, stderr: `${argv[0]}: not found` });
        if (fate !== undefined) {
          lost = true;
          throw new HostError(ssh, "the SSH session is lost", { hint: "It may have run" });
        }
        stdout += answer.stdout ?? "";
        if (answer.rc) return { rc: answer.rc, stdout: Buffer.from(stdout), stderr: answer.stderr ?? "", done };
      }
      return { rc: 0, stdout: Buffer.from(stdout), stderr: "", done: commands.length };
    };
    return { host: ssh, run: async (commands) => run(commands), close: async () => undefined, ended: new Promise(() => undefined) };
  };

  private box(verb: string, name: string, words: string[]): Answer {
    const found = this.boxes.get(name);
    if (verb === "add") {
      if (found) return { rc: 2, stderr: "RTNETLINK answers: File exists" };
      this.boxes.set(name, { serial: ++this.serial, size: 0, colour: "none", ...read(words) });
      return {};
    }
    if (!found) return { rc: 1, stderr: `Box "${name}" does not exist.` };
    if (verb === "set") this.boxes.set(name, without({ ...found, ...read(words) }));
    if (verb === "del") this.going.set(name, this.lingering);
    const left = this.going.get(name);
    if (left !== undefined) {
      if (left <= 0) this.boxes.delete(name);
      this.going.set(name, left - 1);
      if (left <= 0) this.going.delete(name);
    }
    return verb === "show" ? { stdout: `${JSON.stringify(found)}\n` } : {};
  }
}

function read(words: string[]): Box {
  return Object.fromEntries(words.map((word) => word.split("=") as [string, string]).map(([key, value]) => [key, key === "size" ? Number(value) : value]));
}

function without(b: Box): Box {
  return Object.fromEntries(Object.entries(b).filter(([, value]) => value !== ""));
}
