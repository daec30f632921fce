import { execa } from "execa";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firewallBy } from "./snapshot.js";

const SSHD = "/usr/sbin/sshd";

/** Why this machine's own kernel cannot stand for hosts on which a command tells netfilter; undefined where it can. */
export function unable(command: string): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root";
  if (!existsSync(SSHD)) return `there is no ${SSHD} (apt-get install openssh-server)`;
  try {
    execFileSync("unshare", ["-n", ...(command === "nft" ? ["nft", "add", "table", "ip", "linuxnet"] : [command, "-t", "nat", "-N", "linuxnet"])], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `this machine's kernel does not take what ${command} says: ${(error as Error).message.split("\n").slice(-2)[0]}`;
  }
}

/** Hosts that are namespaces of this machine's own kernel, joined by one wire, each with an SSH server and a /run of its own. */
export class NamespaceHosts {
  private readonly servers: ChildProcess[] = [];
  private constructor(
    private readonly name: string,
    private readonly folder: string,
  ) {}

  /** Two hosts: 10.98.0.1 and fd00:98::1, and likewise 2. */
  static async start(name: string): Promise<NamespaceHosts> {
    const hosts = new NamespaceHosts(name, mkdtempSync(join(tmpdir(), "linuxnet-ns-")));
    try {
      await hosts.up();
    } catch (error) {
      await hosts.stop();
      throw error;
    }
    return hosts;
  }

  private netns(number: number): string {
    return `${this.name}-${number}`;
  }

  private async up(): Promise<void> {
    for (const key of ["host", "user"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, key)]);
    const sshd = ["Port 22", "ListenAddress 127.0.0.1", `HostKey ${join(this.folder, "host")}`, `AuthorizedKeysFile ${join(this.folder, "user.pub")}`, "StrictModes no", "UsePAM no", "PidFile none"];
    writeFileSync(join(this.folder, "sshd_config"), sshd.join("\n"));
    const client = ["Host *", "User root", `IdentityFile ${join(this.folder, "user")}`, "IdentitiesOnly yes", "IdentityAgent none", "StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "LogLevel ERROR", "ProxyCommand ip netns exec %n nc.openbsd -N 127.0.0.1 22"];
    writeFileSync(join(this.folder, "ssh_config"), client.join("\n"));
    for (const n of [1, 2]) execFileSync("ip", ["netns", "add", this.netns(n)]);
    execFileSync("ip", ["-n", this.netns(1), "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", this.netns(2)]);
    for (const n of [1, 2]) {
      const lines = ["link set lo up", "link set eth0 up", `addr add 10.98.0.${n}/24 dev eth0`, `addr add fd00:98::${n}/64 dev eth0 nodad`, `route add default via 10.98.0.${3 - n}`, `route add ::/0 via fd00:98::${3 - n}`];
      execFileSync("ip", ["-n", this.netns(n), "-batch", "-"], { input: lines.join("\n") });
      const run = `mount -t tmpfs memory /run && mkdir /run/sshd /run/netns && exec ${SSHD} -D -f ${join(this.folder, "sshd_config")}`;
      this.servers.push(spawn("ip", ["netns", "exec", this.netns(n), "unshare", "-m", "--propagation", "private", "sh", "-c", run], { stdio: "ignore" }));
    }
    for (const n of [1, 2]) while ((await execa("ssh", ["-F", join(this.folder, "ssh_config"), this.netns(n), "true"], { reject: false })).exitCode !== 0);
  }

  /** What a program declares them with. */
  get declared(): { ssh: string; sshConfig: string; verifyHostKey: boolean }[] {
    return [1, 2].map((n) => ({ ssh: this.netns(n), sshConfig: join(this.folder, "ssh_config"), verifyHostKey: false }));
  }

  /** Runs a command line on a host. */
  async on(number: number, line: string): Promise<{ rc: number; text: string }> {
    const result = await execa("ssh", ["-F", join(this.folder, "ssh_config"), this.netns(number), line], { reject: false, all: true });
    return { rc: result.exitCode ?? -1, text: result.all ?? "" };
  }

  /** What the firewall of the first host is now. */
  async firewall(): Promise<string> {
    return (await this.on(1, firewallBy(["iptables-nft-save", "ip6tables-nft-save", "nft -s list ruleset"]))).text;
  }

  async stop(): Promise<void> {
    for (const server of this.servers) server.kill();
    for (const n of [1, 2]) {
      const { stdout } = await execa("ip", ["netns", "pids", this.netns(n)], { reject: false });
      await execa("kill", stdout.split(/\s+/).filter(Boolean), { reject: false });
      await execa("ip", ["netns", "del", this.netns(n)], { reject: false });
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
