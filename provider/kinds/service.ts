import { createHash } from "node:crypto";
import { z } from "zod";
import { netnsName, text } from "../fields.js";
import { quote } from "../host/shell.js";
import { defineKind, type Argv } from "../kind.js";
import { canonical } from "../plan.js";
import { ANSWERS, LISTENS, NOT_YET, SETTLED, SHOW, START, STOP } from "./service-scripts.js";

const word = text((v) => (v.includes("\0") ? "holds a NUL character, which ends an argument" : undefined));

const command = z.array(word).superRefine(([program], ctx) => {
  if (!program || program.startsWith("-")) ctx.addIssue({ code: "custom", message: `${JSON.stringify(program ?? null)} is not a program: its name or path, without a leading "-"` });
});

/** A shell sets the variables, so their names are a shell's. */
function variables(env: Record<string, string>, ctx: z.RefinementCtx): void {
  for (const name of Object.keys(env).filter((key) => !/^[A-Za-z_]\w*$/.test(key))) ctx.addIssue({ code: "custom", path: [name], message: `"${name}" is not a variable's name: letters, digits and "_"` });
}

const url = text((v) => (URL.canParse(v) && new URL(v).protocol === "http:" ? undefined : `"${v}" is not a URL such as http://127.0.0.1:8080/; https is not checked`));

/** When a service counts as started: one of `tcp`, `http` and `command`, asked from within its namespaces. */
const ready = z.strictObject({
  /** TCP port on which it listens, whatever the address. */
  tcp: z.number().int().min(1).max(65_535).optional(),
  /** URL that a GET answers with a status below 400, `http` only. Asked by the host's bash, or where there is none by its wget. */
  http: url.optional(),
  /** Program and arguments that succeed, within 5 s. */
  command: command.optional(),
  /** Seconds to wait, 1 to 600. Default: 30. */
  timeout: z.number().int().min(1).max(600).default(30),
});

export const serviceShape = {
  /** What the host knows it by, up to 100 bytes. Another name is another service. */
  name: text((v) => (Buffer.byteLength(v) <= 100 && /^[^/\s\0]+$/.test(v) ? undefined : `"${v}" is not a service's name: 1 to 100 bytes, no "/" or blanks`)),
  /** Program and arguments, given to it exactly as they are: no shell reads them. It stays in the foreground: the service ends with it. Everybody on the host can see them; secrets belong in `env`. */
  command,
  /** Environment besides a plain PATH; nothing of the login's is passed on. A secret value (`pulumi.secret`) stays one: it is sent on the session's input, and is in no command line, file or error. */
  env: z.record(z.string(), word).superRefine(variables).default({}),
  /** Network namespace that it runs in. Default: the host's own. */
  netns: netnsName.optional(),
  /** Directory that it starts in, an absolute path. Default: `/`. */
  workdir: text((v) => (v.startsWith("/") && !v.includes("\0") ? undefined : `"${v}" is not an absolute path`)).default("/"),
  /** User that it runs as, with that user's groups. Default: root. */
  user: text((v) => (/^[^-\s:][^\s:]*$/.test(v) ? undefined : `"${v}" is not a user's name`)).default("root"),
  /** What `create` and `update` wait for. Default: that the program has been started. */
  ready: ready.optional(),
  /** Seconds between SIGTERM, which all of its processes get, and SIGKILL, 0 to 30. Default: 5. */
  grace: z.number().int().min(0).max(30).default(5),
  /** Always true. A refresh shows false where it has ended, or where its namespace is another by now; the next update then starts it again. */
  running: z.literal(true, { error: "is true: to end a service, remove the resource" }).default(true),
};

type Want = { [K in keyof typeof serviceShape]: z.output<(typeof serviceShape)[K]> };

/** Where the host keeps what it knows of a service; no claim's file name has a colon. */
const folder = (name: string) => `/run/linuxnet/service:${name}`;
const script = (text: string, want: { name: string }, ...args: string[]): Argv => ["sh", "-c", text, "linuxnet", folder(want.name), ...args];

/** Tells whether an environment is the one that was given, without telling it. */
const digest = (env: Record<string, string>) => createHash("sha256").update(canonical(env)).digest("hex");
const exported = (env: Record<string, string>) => Object.entries(env).map(([key, value]) => `export ${key}=${quote(value)}\n`).join("");

/** What was started, as the host keeps it. */
const recorded = ({ command, env, netns, workdir, user }: Want) => JSON.stringify({ command, env: digest(env), netns, workdir, user });

function start(want: Want): Argv {
  return Object.assign([...script(START, want, want.netns ?? "", want.workdir, want.user, ...want.command)], { input: `${recorded(want)}\n${exported(want.env)}` });
}

function check({ tcp, http, command }: NonNullable<Want["ready"]>): Argv {
  if (tcp !== undefined) return ["sh", "-c", LISTENS, "linuxnet", tcp.toString(16).toUpperCase().padStart(4, "0")];
  if (http === undefined) return command!;
  const { host, hostname, port, pathname, search } = new URL(http);
  return ["sh", "-c", ANSWERS, "linuxnet", hostname.replaceAll(/[[\]]/g, ""), port || "80", pathname + search, host, http];
}

export const service = defineKind({
  name: "Service",
  shape: serviceShape,
  outputs: ["pid", "log"],
  identity: ["name"],
  refs: ["netns"],
  secret: ["env"],
  tools: { setsid: "util-linux", unshare: "util-linux", nsenter: "util-linux" },
  neverAdopted: "a service is what linuxnet starts itself",
  rules: ({ ready }) => (ready && [ready.tcp, ready.http, ready.command].filter((v) => v !== undefined).length !== 1 ? [{ property: "ready", reason: "is one of tcp, http and command" }] : []),
  objects: (want) => [`service ${want.name}`],
  network: ({ netns, ready }) => (ready?.tcp === undefined ? [] : [{ is: "listener", netns, protocol: "tcp", port: ready.tcp }]),
  show: (want) => [script(SHOW, want, want.netns ?? "")],
  parse: ([shown], want) => {
    if (!shown) return undefined;
    const [record = "", status = ""] = shown.trim().split("\n");
    const { env, netns, ...started } = JSON.parse(record) as Record<string, any>;
    const [state, pid] = status.split(" ");
    return {
      name: want.name,
      ...started,
      netns,
      env: env === digest(want.env) ? want.env : undefined,
      running: (state === "running") as true,
      pid: state === "running" ? Number(pid) : undefined,
      log: `${folder(want.name)}/log`,
    };
  },
  add: (want) => [start(want)],
  // Everything that is observed is of the process: another value needs another process.
  set: (want) => [script(STOP, want, String(want.grace)), start(want)],
  del: (want) => [script(STOP, want, String(want.grace))],
  settled: (want) => ({ probe: script(SETTLED, want, ...(want.ready ? check(want.ready) : [])), notYet: NOT_YET, seconds: want.ready?.timeout ?? 10 }),
});
