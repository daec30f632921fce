import { randomBytes } from "node:crypto";
import { HostError, typed } from "../errors.js";
import type { Argv } from "../kind.js";
import { sshArguments, type Connection } from "./connection.js";
import { MarkedStream } from "./marked-stream.js";
import { frame, preamble, readBatchFailure } from "./shell.js";

/** Seconds that a command may take where nothing else is said. */
const DEADLINE = 60;

/** Seconds that a login may take, from the start of ssh to the first answer of the shell. */
const LOGIN_DEADLINE = 30;

export interface RunOptions {
  /** What the command reads. Default: nothing. */
  stdin?: Buffer;
  /** Seconds after which the host ends the command; the session goes on. Default: none; a command that takes more than 60 s ends the session. */
  seconds?: number;
  /** Seconds to wait for the answer, where the command is not to be ended on the host. Default: 60. */
  patience?: number;
}

export interface Ran {
  rc: number;
  stdout: Buffer;
  stderr: string;
  /** How many of the commands succeeded. */
  done: number;
}

/** A shell on a host. */
export interface Session {
  readonly host: string;
  /** Root runs only the commands that need it, each by sudo. */
  readonly sudo?: boolean;
  /** Runs commands one after the other, stopping at the first that fails. Rejects only when it cannot tell how they ended. */
  run(commands: readonly Argv[], options?: RunOptions): Promise<Ran>;
  /** Ends the shell and its ssh; resolves when ssh is gone. */
  close(): Promise<void>;
  /** Resolves when the session has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

interface Pending {
  commands: readonly Argv[];
  seconds: number;
  fail(error: Error): void;
}

/**
 * Logs in once and keeps one shell for all that is to be done on a host: requests go down its standard input in order,
 * and a mark that nobody can guess ends each answer on both of its output streams. `onLost` is called as soon as the
 * session takes no more requests, before any request learns of it. `patience`: seconds to wait for the connection.
 */
export async function openSession(name: string, connection: Connection, onLost = () => {}, patience?: number): Promise<Session> {
  const { execa } = await import("execa");
  const sudo = connection.sudo === "commands";
  const ssh = execa("ssh", sshArguments(connection, patience), { buffer: false, stdin: "pipe", stdout: "pipe", stderr: "pipe", reject: false });
  const mark = `linuxnet-${randomBytes(16).toString("hex")}`;
  const [out, err] = [new MarkedStream(mark), new MarkedStream(mark)];
  ssh.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  ssh.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  ssh.stdin.on("error", () => undefined); // The end of ssh tells more than a broken pipe.

  const pending: Pending[] = [];
  let lost: string | undefined;
  const lose = (why: string) => {
    lost ??= why;
    onLost();
  };
  // A session that waits for work does not keep its process alive.
  const hold = (on: boolean) => {
    for (const handle of [ssh, ssh.stdin, ssh.stdout, ssh.stderr] as unknown as { ref(): void; unref(): void }[]) handle[on ? "ref" : "unref"]();
  };
  let clock: NodeJS.Timeout | undefined;
  // The shell works in order, so only the oldest request can be running: its time is what counts.
  const watchOldest = () => {
    clearTimeout(clock);
    const oldest = pending[0];
    hold(oldest !== undefined);
    if (!oldest) return;
    clock = setTimeout(() => {
      lose(`no answer in ${oldest.seconds} s`);
      ssh.kill("SIGKILL");
    }, oldest.seconds * 1000);
  };
  const ended = ssh.then((result) => {
    clearTimeout(clock);
    const said = err.rest().toString().trim().replaceAll(/\s*\n\s*/g, "; ");
    lose(said || (result.cause instanceof Error ? result.cause.message : `ssh ended with status ${result.exitCode ?? result.signal}`));
    pending.splice(0).forEach((p, i) => p.fail(lostError(name, lost!, p.commands, i === 0)));
  });

  let id = 0;
  const send = (text: string, commands: readonly Argv[], seconds: number): Promise<Ran> =>
    new Promise<Ran>((resolve, reject) => {
      if (lost !== undefined) return reject(lostError(name, lost, commands, false));
      pending.push({ commands, seconds, fail: reject });
      if (pending.length === 1) watchOldest();
      void Promise.all([out.next(), err.next()]).then(([stdout, stderr]) => {
        pending.shift();
        watchOldest();
        const [, rc = "", done = ""] = stdout.says.split(" ");
        const failure = readBatchFailure(stderr.data.toString());
        resolve({ rc: Number(rc), stdout: stdout.data, stderr: failure.stderr, done: Number(done) + failure.done });
      });
      ssh.stdin.write(text);
    });

  const session: Session = {
    host: name,
    sudo,
    ended,
    run: (commands, options = {}) =>
      send(frame(mark, ++id, commands, { ...options, sudo }), commands, options.seconds === undefined ? (options.patience ?? DEADLINE) : options.seconds * Math.max(1, commands.length) + 5),
    close: async () => {
      lose("it was closed");
      hold(true);
      ssh.stdin.end();
      await ended;
    },
  };
  await send(preamble(sudo) + frame(mark, ++id, [["true"]]), [], LOGIN_DEADLINE).catch((error: unknown) => {
    throw loginError(name, connection, lost ?? String(error));
  });
  return session;
}

function lostError(host: string, why: string, commands: readonly Argv[], begun: boolean): HostError {
  const list = commands.map(typed).join(" && ");
  const ran = begun ? `It may have run: \`${list}\`` : `It has not run: \`${list}\``;
  return new HostError(host, `the SSH session is lost (${why})`, { hint: list ? `${ran}. Run pulumi up again; it looks at the host before it acts` : "" });
}

/** What a person can do about each way in which a login fails. */
const logins: readonly { says: RegExp; hint: (c: Connection) => string }[] = [
  { says: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i, hint: () => "Its host key is not the known one: log in once by hand and compare the key, or name a file with it in `knownHosts`" },
  { says: /Permission denied/i, hint: (c) => `The host refused the login${c.identityFile ? ` with the key ${c.identityFile}` : ""}: try \`ssh ${c.ssh}\` in a terminal, and set \`user\`, \`identityFile\` or your agent accordingly` },
  { says: /sudo:/i, hint: () => "`sudo: true` needs a user who may run `sudo -n sh` without a password" },
  { says: /Could not resolve hostname/i, hint: () => "Check the name, your ssh configuration and DNS" },
  { says: /Connection refused|timed out|No route to host|no answer|Connection closed|Network is unreachable/i, hint: () => "See that the host is up and that its SSH server listens there" },
  { says: /ENOENT/, hint: () => "Install OpenSSH's client: apt-get install openssh-client" },
];

function loginError(host: string, connection: Connection, said: string): HostError {
  const hint = logins.find((l) => l.says.test(said))?.hint(connection) ?? `Try \`ssh ${connection.ssh}\` in a terminal`;
  return new HostError(host, `cannot log in: ${said}`, { hint });
}
