import { execa, type Options } from "execa";
import { spawn, type ChildProcess } from "node:child_process";
import { modelOf, partsOf } from "../../provider/model.js";
import { word } from "../../provider/host/shell.js";
import type { Argv, Kind } from "../../provider/kind.js";
import type { Flow } from "../../network/walk/packet.js";
import { PORT, type Declaration, type Topology } from "./topology.js";

/** Seconds that an answer may take. */
const PATIENCE = 0.5;

/** What not every kernel has, and no packet here asks for. */
const WITHOUT = /^(mcast_snooping|vlan_filtering)$/;

const line = (argv: Argv) => (argv.input === undefined ? "" : `printf %s ${word(argv.input)} | `) + argv.filter((w, i) => !WITHOUT.test(w) && !WITHOUT.test(argv[i - 1] ?? "")).map(word).join(" ");

const shell = (netns: string, script: string, options: Options = {}) => execa("nsenter", [`--net=/run/netns/${netns}`, "sh", "-c", script], { reject: false, all: true, stdin: "ignore", timeout: 20_000, ...options });

/** What a resource becomes once it is checked. */
export function checked({ host, type, props, name }: Declaration): Record<string, unknown> {
  const { value, problems } = modelOf(type).check({ ...JSON.parse(JSON.stringify(props)), host: { ssh: host }, owner: `model/test/${type}/${name}` });
  if (problems.length > 0) throw new Error(`${type} ${name}: ${JSON.stringify(problems)}`);
  return value;
}

/** The commands that make it, as `pulumi up` would run them. */
function commands(declaration: Declaration): Argv[] {
  return partsOf(declaration.type, checked(declaration)).flatMap(({ kind, want }) => (kind.borrowed ? kind.set(want as never, given(kind, want), {}) : kind.add(want as never, [])));
}

const given = (kind: Kind, want: Record<string, unknown>) => Object.keys(kind.shape).filter((key) => want[key] !== undefined);

/** Answers on TCP and UDP; over UDP from the very address that was asked, which takes a socket for each. */
const SERVER = `use IO::Socket::INET; use IO::Select;
my $t = IO::Socket::INET->new(LocalPort => ${PORT}, Proto => "tcp", Listen => 64, ReuseAddr => 1) or die; my $s = IO::Select->new($t);
for (\`ip -o -4 addr\`) { /inet ([0-9.]+)/ and $s->add(IO::Socket::INET->new(LocalAddr => $1, LocalPort => ${PORT}, Proto => "udp") or die) }
$| = 1; print "ready\\n";
while (my @r = $s->can_read) { for (@r) { if ($_ == $t) { $t->accept } else { my $d; my $peer = $_->recv($d, 9); $_->send("yes", 0, $peer) } } }`;

/** Each ends with 0 where it was answered. */
const CLIENTS: Record<Flow["protocol"], (flow: Flow) => string[]> = {
  icmp: ({ to, size, df }) => ["ping", "-n", "-q", "-c", "1", "-W", String(PATIENCE), ...(size === undefined ? [] : ["-s", String(size - 28), "-M", df ? "do" : "dont"]), to],
  tcp: ({ to, port }) => ["perl", "-MIO::Socket::INET", "-e", `exit !IO::Socket::INET->new(PeerAddr => "${to}", PeerPort => ${port}, Proto => "tcp", Timeout => ${PATIENCE})`],
  udp: ({ to, port }) => ["perl", "-MIO::Socket::INET", "-MIO::Select", "-e", `my $u = IO::Socket::INET->new(PeerAddr => "${to}", PeerPort => ${port}, Proto => "udp") or exit 1; $u->send("is"); my $d; exit !(IO::Select->new($u)->can_read(${PATIENCE}) && defined $u->recv($d, 9) && $d eq "yes")`],
};

/** A topology in this machine's own kernel: a namespace for each host, on one wire. */
export class Kernel {
  private readonly servers: ChildProcess[] = [];
  /** What the kernel would not make. */
  readonly refused: { declaration: Declaration; said: string }[] = [];

  private constructor(
    private readonly prefix: string,
    private readonly topology: Topology,
  ) {}

  static async build(prefix: string, topology: Topology): Promise<Kernel> {
    const kernel = new Kernel(prefix, topology);
    await kernel.up();
    return kernel;
  }

  private get spaces(): string[] {
    return this.topology.declarations.filter((d) => d.type === "NetworkNamespace").map((d) => d.props.name as string);
  }

  private async up(): Promise<void> {
    const { hosts, declarations } = this.topology;
    const wire = `${this.prefix}wire`;
    const lines = [`ip netns add ${wire}`, `ip -n ${wire} link add br0 type bridge`, `ip -n ${wire} link set br0 up`];
    for (const [i, [host, address]] of Object.entries(hosts).entries()) {
      lines.push(`ip netns add ${host}`, `ip -n ${host} link add eth0 address 02:00:0a:62:00:0${i + 1} type veth peer name w${i} netns ${wire}`, `ip -n ${wire} link set w${i} master br0 up`);
      lines.push(`ip -n ${host} link set lo up`, `ip -n ${host} link set eth0 up`, `ip -n ${host} addr add ${address}/24 dev eth0`);
    }
    const { exitCode, all } = await execa("sh", ["-e", "-c", lines.join("\n")], { reject: false, all: true });
    if (exitCode !== 0) throw new Error(`cannot build the hosts: ${String(all)}`);
    await Promise.all(Object.keys(hosts).map((host) => this.declare(host, declarations.filter((d) => d.host === host))));
    await Promise.all([...Object.keys(hosts), ...this.spaces].map((netns) => this.serve(netns)));
  }

  /** Runs all of a host's commands in one shell, which tells of each resource whether it was made. */
  private async declare(host: string, declarations: Declaration[]): Promise<void> {
    const script = declarations.map((d, i) => `if said=$({ ${commands(d).map(line).join(" && ") || ":"}; } 2>&1); then :; else echo "@@@ ${i} $said"; fi`).join("\n");
    const { all } = await shell(host, script, {});
    for (const [, i, said] of String(all).matchAll(/^@@@ (\d+) ([^@]*)/gm)) this.refused.push({ declaration: declarations[Number(i)]!, said: said!.trim() });
  }

  private serve(netns: string): Promise<void> {
    const server = spawn("ip", ["netns", "exec", netns, "perl", "-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
    this.servers.push(server);
    return new Promise((resolve) => void server.stdout!.once("data", () => resolve()));
  }

  /** Makes every namespace forget what it has learned. */
  private async forget(): Promise<void> {
    const { declarations, hosts } = this.topology;
    const links = declarations.filter((d) => d.type === "Bridge" || d.type === "Vxlan").map((d) => `ip netns exec ${d.host} bridge fdb flush dev ${d.props.name as string} ${d.type === "Bridge" ? "nopermanent nostatic" : "self nopermanent nostatic"} 2>/dev/null`);
    const neighbours = [...Object.keys(hosts), ...this.spaces].map((netns) => `ip -n ${netns} neigh flush all >/dev/null 2>&1`);
    await execa("sh", ["-c", [...links, ...neighbours, ":"].join("\n")]);
  }

  /** Whether a flow is answered. */
  async send(flow: Flow): Promise<boolean> {
    await this.forget();
    const { exitCode } = await execa("ip", ["netns", "exec", flow.netns ?? flow.host, ...CLIENTS[flow.protocol](flow)], { reject: false });
    return exitCode === 0;
  }

  async down(): Promise<void> {
    for (const server of this.servers) server.kill("SIGKILL");
    const all = [...this.spaces, ...Object.keys(this.topology.hosts), `${this.prefix}wire`];
    await execa("sh", ["-c", all.map((netns) => `ip netns del ${netns} 2>/dev/null`).join("; ")], { reject: false });
  }
}
