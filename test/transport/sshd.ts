import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../provider/host/connection.js";

const SSHD = "/usr/sbin/sshd";

/** Why there can be no SSH server here; undefined where there can. */
export const missing = existsSync(SSHD) ? undefined : `there is no ${SSHD} (apt-get install openssh-server)`;

/** Waits until something holds; the test's own time limit ends it otherwise. */
export async function until<T>(holds: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Process {
  pid: number;
  parent: number;
  state: string;
  command: string;
}

/** The processes of this machine that are not yet dead. */
export function processes(): Process[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = /^\d+ \([^]*\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))!;
      return stat[1] === "Z" ? [] : [{ pid: Number(name), parent: Number(stat[2]), state: stat[1]!, command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

export const alive = (pid: number) => processes().some((p) => p.pid === pid);

/** An SSH server of the test's own: its keys, its port, its folder; it ends with `stop`. */
export class Sshd {
  private process?: ChildProcess;
  private said = "";

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly config: readonly string[],
  ) {}

  static async start(...config: string[]): Promise<Sshd> {
    const folder = mkdtempSync(join(tmpdir(), "linuxnet-sshd-"));
    for (const key of ["host", "user", "stranger"]) newKey(join(folder, key));
    writeFileSync(join(folder, "authorized"), readFileSync(join(folder, "user.pub")));
    for (;;) {
      const server = new Sshd(folder, await freePort(), config);
      if (await server.up()) return server;
    }
  }

  /** Starts it, also again; false where somebody else has its port. */
  async up(): Promise<boolean> {
    if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const own = [
      `Port ${this.port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${this.path("host")}`,
      `AuthorizedKeysFile ${this.path("authorized")}`,
      "AuthenticationMethods publickey",
      "PermitRootLogin prohibit-password",
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "LogLevel INFO",
      "MaxStartups 100",
    ];
    writeFileSync(this.path("sshd_config"), [...this.config, ...own].join("\n"));
    writeFileSync(this.path("known"), `[127.0.0.1]:${this.port} ${readFileSync(this.path("host.pub"), "utf8")}`);
    this.said = "";
    this.process = spawn(SSHD, ["-D", "-e", "-f", this.path("sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
    this.process.stderr!.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    await until(() => /listening on 127/.test(this.said) || this.process!.exitCode !== null);
    if (this.process.exitCode !== null && !/in use/.test(this.said)) throw new Error(`sshd does not start: ${this.said}`);
    return this.process.exitCode === null;
  }

  /** No more logins; sessions go on. */
  async down(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await gone;
  }

  /** The same server with other settings. */
  async again(...config: string[]): Promise<Sshd> {
    await this.down();
    const server = new Sshd(this.folder, this.port, config);
    await until(() => server.up());
    return server;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A way in; `tag` can be seen in the command line of its ssh. `client` is an ssh configuration. */
  connection(tag: string, change: Partial<Connection> = {}, client: readonly string[] = []): Connection {
    const sshConfig = this.path(`ssh_config-${tag}`);
    writeFileSync(sshConfig, ["Host *", "  GlobalKnownHostsFile /dev/null", "  UpdateHostKeys no", ...client.map((line) => `  ${line}`)].join("\n"));
    return { ssh: "127.0.0.1", port: this.port, user: userInfo().username, identityFile: this.path("user"), knownHosts: this.path("known"), sshConfig, verifyHostKey: true, sudo: false, ...change };
  }

  /** The ssh processes that came in by a connection with this tag. */
  clients(tag: string): Process[] {
    return processes().filter((p) => p.command.includes(`${this.path(`ssh_config-${tag}`)} `));
  }

  /** The processes of this server that serve a login. */
  logins(): Process[] {
    const all = processes();
    const below = (pid: number): Process[] => all.filter((p) => p.parent === pid).flatMap((p) => [p, ...below(p.pid)]);
    return below(this.process!.pid!);
  }
}

export function newKey(path: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "linuxnet-test", "-f", path]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
