import { expect } from "vitest";
import { changes, Project } from "./project.js";

/** Where a story plays: two hosts on one wire, the second of which is the world outside. */
export interface Stage {
  /** What netfilter is told by. */
  backend: string;
  /** The hosts, as an expression of a program. */
  hosts: string;
  env: Record<string, string>;
  first: string;
  second: string;
  first6: string;
  second6: string;
  on(number: number, line: string): Promise<{ rc: number; text: string }>;
  /** The firewall of the first host, without what it has counted. */
  firewall(): Promise<string>;
  /** Somebody else's rules: how they come, how they are seen among others, how they go. */
  others: { add: string; show: string; remove: string };
  /** What a hand does to the rules of linuxnet: takes one that is found by a text away, and gives another one another port. */
  remove(text: string): string;
  edit(text: string, from: string, to: string): string;
}

/** The hands of people who use iptables. */
export const byIptables = (command: string): Pick<Stage, "others" | "remove" | "edit"> => ({
  others: {
    add: `${command} -A INPUT -s 203.0.113.1 -j DROP && ${command} -A INPUT -s 203.0.113.2 -m comment --comment 'an old "hand"' -j ACCEPT && ${command} -t nat -A PREROUTING -s 203.0.113.3 -j RETURN`,
    show: `${command} -S INPUT 2>/dev/null; ${command} -t nat -S PREROUTING 2>/dev/null`, // where both sorts of tables are, it warns
    remove: `${command} -F INPUT; ${command} -t nat -F PREROUTING`,
  },
  remove: (text) => `eval "${command} -t nat $(${command} -t nat -S | grep '${text}' | sed 's/^-A/-D/')"`,
  edit: (text, from, to) => `n=$(${command} -S INPUT | grep '^-A' | grep -n '${text}' | cut -d: -f1); eval "${command} -R INPUT $n $(${command} -S INPUT | grep '${text}' | sed 's/^-A INPUT //; s/${from}/${to}/')"`,
});

/** Answers each connection to its port with its name and the address that the connection seems to come from. */
const server = (name: string, port: number) =>
  `use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 9, LocalPort => ${port}, ReuseAddr => 1) or die; while (my $c = $s->accept) { print $c "${name} sees " . $c->peerhost . "\\n"; close $c }`;

const service = (name: string, port: number, on: string, more: string) =>
  `new linuxnet.Service("${name}", { host: ${on}, name: "${name}", command: ${JSON.stringify(["perl", "-e", server(name, port)])}, ready: { tcp: ${port} }, ${more} });`;

/** A namespace `inside` with 10.9.1.2/24 behind the first host, servers there, on the first host and on the second; and rules. */
const program = (stage: Stage, rules: string) => `
  const hosts = ${stage.hosts};
  const host = new linuxnet.Host("first", hosts[0]);
  const outside = new linuxnet.Host("second", hosts[1]);
  const ns = new linuxnet.NetworkNamespace("ns", { host, name: "inside" });
  const veth = new linuxnet.VethPair("veth", { host, name: "veth-in", peer: { name: "eth0", netns: ns.name } });
  const outer = new linuxnet.Address("outer", { host, dev: veth.name, address: "10.9.1.1/24" });
  const inner = new linuxnet.Address("inner", { host, netns: ns.name, dev: veth.peer.name, address: "10.9.1.2/24" });
  new linuxnet.Route("route", { host, netns: ns.name, dst: "default", via: "10.9.1.1", dev: veth.peer.name }, { dependsOn: [inner, outer] });
  new linuxnet.Sysctl("forwarding", { host, key: "net.ipv4.ip_forward", value: 1 });
  ${service("one", 9090, "host", "netns: ns.name")} ${service("two", 9091, "host", "netns: ns.name")}
  ${service("vault", 7777, "host", "")} ${service("world", 9999, "outside", "")}
  const backend = "${stage.backend}";
  const rule = (name, args) => new linuxnet.FirewallRule(name, { host, backend, ...args });
  ${rules}`;

const dnat = (port: number) => `rule("dnat", { table: "nat", chain: "PREROUTING", protocol: "tcp", destinationPorts: 8090, target: "dnat", to: "10.9.1.2", toPorts: ${port}, comment: "to the inside" });`;
const guard = (comment: string) => `rule("guard", { chain: "INPUT", position: "first", protocol: "tcp", destinationPorts: 7777, target: "reject", rejectWith: "tcp-reset", comment: "${comment}" });`;
const masquerade = `rule("masquerade", { table: "nat", chain: "POSTROUTING", source: "10.9.1.0/24", destination: "10.9.1.0/24", not: ["destination"], target: "masquerade", randomFully: true });`;
const chain = (rules: object[]) => `
  const mine = new linuxnet.FirewallChain("mine", { host, backend, name: "MINE", rules: ${JSON.stringify(rules)} });
  rule("jump", { chain: "INPUT", position: "first", protocol: "icmp", target: "jump", toChain: mine.name });`;

/** Only who asks: answers to pings of its own tell a host under guard that its gateway is still there. */
const ping = { protocol: "icmp", icmpType: "echo-request" };

/** What a server at the address and port says to a client on a host, or in a namespace of it; nothing where it cannot be reached. */
async function ask(stage: Stage, number: number, address: string, port: number, within = ""): Promise<string> {
  return (await stage.on(number, `${within} timeout 3 bash -c 'cat </dev/tcp/${address}/${port}' 2>/dev/null`)).text;
}

/** One datagram of a flow that is the same each time, and where the first host sends it. */
async function datagram(stage: Stage): Promise<string> {
  await stage.on(2, `perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Proto => "udp", LocalPort => 4000, PeerAddr => "${stage.first}", PeerPort => 5353)->send("x")'`);
  const { text } = await stage.on(1, "conntrack -L -p udp --orig-port-dst 5353 --orig-port-src 4000 2>/dev/null");
  return /src=(\S+) dst=\S+ sport=(\d+) dport=4000/.exec(text)?.slice(1).join(":") ?? "nowhere";
}

/** From an untouched firewall to an untouched firewall; each chapter needs the one before. */
export async function story(project: Project, stage: Stage): Promise<void> {
  const empty = await stage.firewall();
  const { rc, text } = await stage.on(1, stage.others.add);
  expect([rc, text]).toEqual([0, ""]);
  const others = async () => (await stage.on(1, stage.others.show)).text.split("\n").filter((line) => !line.includes("linuxnet:")).join("\n");
  const [theirs, before] = [await others(), await stage.firewall()];
  expect(theirs).toContain("203.0.113.");
  const up = (rules: string, ...flags: string[]) => (project.program(program(stage, rules)), project.up(...flags));
  expect(await datagram(stage)).not.toContain("10.9.1.2");
  expect((await stage.on(2, `ping -6 -c 1 -W 1 ${stage.first6}`)).rc).toBe(0);

  // What is declared is what packets meet.
  const udp = (port: number) => `rule("udp", { table: "nat", chain: "PREROUTING", protocol: "udp", destinationPorts: 5353, target: "dnat", to: "10.9.1.2", toPorts: ${port} });`;
  const six = `rule("six", { chain: "INPUT", protocol: "icmpv6", icmpType: "echo-request", source: "${stage.second6}", target: "drop" });`;
  const all = (more: string, port = 9090, comment = "nobody may") => [dnat(port), masquerade, guard(comment), udp(port), six, more].join("\n");
  await up(all(""));
  expect(await ask(stage, 2, stage.first, 8090)).toBe(`one sees ${stage.second}`);
  expect(await ask(stage, 1, stage.second, 9999, "ip netns exec inside")).toBe(`world sees ${stage.first}`);
  expect(await ask(stage, 2, stage.first, 7777)).toBe("");
  // An entry of the time before does not keep its flow from a new DNAT.
  expect(await datagram(stage)).toBe("10.9.1.2:9090");
  expect((await stage.on(2, `ping -6 -c 1 -W 1 ${stage.first6}`)).rc).not.toBe(0);
  expect(await others()).toBe(theirs);
  expect(changes(await project.preview("--refresh"))).toEqual([]);

  // Another stack may have the same rule.
  const other = new Project({ name: "other", program: program(stage, dnat(9090)).replace(/(const ns =)[^]*(const backend)/, "$2"), env: stage.env });
  await other.up();
  await other.destroy();
  other.remove();
  expect(await ask(stage, 2, stage.first, 8090)).toBe(`one sees ${stage.second}`);

  // A change is one step: whoever knocks all the while is never let in.
  const knocking = stage.on(2, `rm -f /run/enough; while [ ! -e /run/enough ]; do timeout 3 bash -c 'cat </dev/tcp/${stage.first}/7777' 2>/dev/null; echo $? >>/run/knocked; done`);
  await up(all(chain([{ ...ping, source: stage.second, target: "drop", comment: "no ping" }]), 9091, "nobody ever may"));
  await stage.on(2, "touch /run/enough");
  expect((await knocking).text).toBe("");
  expect(Number((await stage.on(2, "wc -l </run/knocked; rm -f /run/knocked /run/enough")).text)).toBeGreaterThan(10);
  expect(await ask(stage, 2, stage.first, 8090)).toBe(`two sees ${stage.second}`);
  expect(await datagram(stage)).toBe("10.9.1.2:9091");
  expect((await stage.on(2, `ping -c 1 -W 1 ${stage.first}`)).rc).not.toBe(0);

  // A preview tells which rule of a chain changes, and how.
  project.program(program(stage, all(chain([{ ...ping, source: stage.second, target: "return", comment: "ping" }, { ...ping, target: "drop" }]), 9091, "nobody ever may")));
  const diff = (await project.must("preview", "--diff")).text;
  expect(diff).toMatch(/~ \[0\]: \{[^]*~ comment *: "no ping" => "ping"[^]*~ target *: "drop" => "return"[^]*\+ \[1\]: \{[^]*\+ target *: "drop"/);
  expect(changes(await project.preview())).toEqual(["update FirewallChain mine"]);
  await project.up();
  expect((await stage.on(2, `ping -c 1 -W 1 ${stage.first}`)).rc).toBe(0);
  expect(await others()).toBe(theirs);

  // What a hand did is seen, and undone.
  for (const line of [stage.remove("to the inside"), stage.edit("nobody ever may", "7777", "7778")]) expect((await stage.on(1, line)).rc).toBe(0);
  expect(await ask(stage, 2, stage.first, 7777)).toBe(`vault sees ${stage.second}`);
  await project.must("refresh", "--yes", "--skip-preview");
  const repairs = await project.preview();
  expect(changes(repairs).sort()).toEqual(["create FirewallRule dnat", "update FirewallRule guard"]);
  await project.up();
  expect(await ask(stage, 2, stage.first, 7777)).toBe("");
  expect(await ask(stage, 2, stage.first, 8090)).toBe(`two sees ${stage.second}`);

  await project.destroy();
  expect(await stage.firewall()).toBe(before);
  await stage.on(1, stage.others.remove);
  expect(await stage.firewall()).toBe(empty);
}
