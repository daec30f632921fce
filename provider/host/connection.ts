import { homedir } from "node:os";
import { z } from "zod";

/** How a host is reached by OpenSSH, and as whom; what is not said here, the person's own ssh configuration says. No secret is ever part of it. */
export const connectionShape = {
  /** Destination as one would give it to `ssh`: a host name, an address, or an alias of the ssh configuration. With `port`, it says which machine this is: another value is another host. */
  ssh: z.string().refine((v) => v !== "" && !v.startsWith("-") && !/[\s\0]/.test(v), { error: 'is what one gives to `ssh`: not empty, no blanks, no leading "-"' }),
  /** ssh configuration to use instead of the person's own (`ssh -F`), as a path on the machine that runs Pulumi. */
  sshConfig: z.string().min(1).optional(),
  /** User to log in as. Default: as ssh has it. */
  user: z.string().regex(/^[^-\s][^\s]*$/, 'is a user name without blanks or a leading "-"').optional(),
  /** TCP port of the SSH server. Default: as ssh has it, 22. */
  port: z.number().int().min(1).max(65535).optional(),
  /** Path of the private key. Only the path is kept. Default: as ssh has it. */
  identityFile: z.string().min(1).optional(),
  /** Path of a known_hosts file. Default: as ssh has it. */
  knownHosts: z.string().min(1).optional(),
  /** Whether the host's key must be known. `false` accepts any key, also an attacker's. Default: true. */
  verifyHostKey: z.boolean().default(true),
  /** How the login becomes root's: `true` runs all by `sudo -n sh`; `"commands"` runs each command that needs root by a `sudo -n` of its own, so that a sudoers file can name just those (`linuxnet doctor --sudoers`), and some kinds of objects and guarded changes are refused. Default: false, the login itself is root's. */
  sudo: z.union([z.boolean(), z.literal("commands")], { error: 'is true, false or "commands"' }).default(false),
  /** Whether the host takes back changes that may cut the way to it, where an object does not say (`guard`). Default: it does. */
  guard: z.boolean().optional(),
};

export const connection = z.strictObject(connectionShape);
export type Connection = z.output<typeof connection>;

/** What says which machine it is; the rest only says how to get in. */
export function machine(c: Pick<Connection, "ssh" | "port">): string {
  return c.port === undefined ? c.ssh : `${c.ssh}:${c.port}`;
}

/** Seconds between keepalives and how many may go unanswered; ssh gives up at the next one, so a dead host is noticed in 12 s. */
const KEEPALIVE = { interval: 3, count: 3 };
/** Seconds to wait for the TCP connection and the banner. */
const CONNECT_TIMEOUT = 10;

/** Becomes root; sudo drops the variable that says by which address the login came in. */
const SUDO = `exec sudo -n sh -c 'SSH_CONNECTION=$1; export SSH_CONNECTION; exec sh' sh "$SSH_CONNECTION"`;

/** The arguments of the one `ssh` that a session is. */
export function sshArguments(c: Connection, patience = CONNECT_TIMEOUT): string[] {
  const options: Record<string, string | number | undefined> = {
    BatchMode: "yes",
    ConnectTimeout: patience,
    ServerAliveInterval: KEEPALIVE.interval,
    ServerAliveCountMax: KEEPALIVE.count,
    // The connection is ours alone: never a master that outlives us, nor somebody else's without our keepalive.
    ControlMaster: "no",
    ControlPath: "none",
    ClearAllForwardings: "yes",
    ForwardAgent: "no",
    ForwardX11: "no",
    PermitLocalCommand: "no",
    RemoteCommand: "none",
    RequestTTY: "no",
    Port: c.port,
    User: c.user,
    ...(c.identityFile && { IdentityFile: quotePath(c.identityFile), IdentitiesOnly: "yes" }),
    ...(c.knownHosts && { UserKnownHostsFile: quotePath(c.knownHosts) }),
    ...(c.verifyHostKey ? {} : { StrictHostKeyChecking: "no", UserKnownHostsFile: "/dev/null", LogLevel: "ERROR" }),
  };
  return [
    // ssh expands a leading ~ in every path but this one.
    ...(c.sshConfig ? ["-F", c.sshConfig.replace(/^~(?=\/)/, homedir())] : []),
    ...Object.entries(options).flatMap(([k, v]) => (v === undefined ? [] : ["-o", `${k}=${v}`])),
    "--",
    c.ssh,
    c.sudo === true ? SUDO : "exec sh",
  ];
}

/** ssh splits such options at blanks and expands `%`. */
function quotePath(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
