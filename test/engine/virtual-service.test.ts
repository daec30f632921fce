import { describe, expect, test } from "vitest";
import { lacks } from "../../lab/index.js";
import { useLab, useProject } from "./lab.js";
import { firewall, onHost, tryOnHost } from "./snapshot.js";

/** Answers each datagram with its own address and the client's. */
const SERVER = `my %own; my $all = IO::Select->new(map { my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => $_, LocalPort => 5300) or die; $own{$s} = $_; $s } @ARGV);
while (1) { for my $s ($all->can_read) { defined $s->recv(my $in, 99) and $s->send("$own{$s} sees " . $s->peerhost) } }`;

/** Sends a datagram from each of so many ports, which are the same each time, and prints what comes back. */
const CLIENT = `for (4001 .. 4000 + shift) { my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => $_, PeerAddr => "10.96.0.10", PeerPort => 53) or die; my $answer;
eval { local $SIG{ALRM} = sub { die "nothing\\n" }; $s->send("x"); alarm 3; defined $s->recv($answer, 99) or die "$!\\n"; alarm 0 }; print $@ || "$answer\\n" }`;

/** Three servers in a namespace behind the first host, and a service for those whose last numbers are given. */
const program = (numbers: number[]) => `
  const host = new linuxnet.Host("first", lab.hosts(2)[0]);
  const ns = new linuxnet.NetworkNamespace("ns", { host, name: "pods" });
  const veth = new linuxnet.VethPair("veth", { host, name: "veth-pods", peer: { name: "eth0", netns: ns.name } });
  const outer = new linuxnet.Address("outer", { host, dev: veth.name, address: "10.9.1.1/24" });
  const own = [2, 3, 4].map((n) => new linuxnet.Address("own" + n, { host, netns: ns.name, dev: veth.peer.name, address: "10.9.1." + n + "/24" }));
  new linuxnet.Service("dns", { host, name: "dns", netns: ns.name, command: ${JSON.stringify(["perl", "-MIO::Socket::INET", "-MIO::Select", "-e", SERVER, "10.9.1.2", "10.9.1.3", "10.9.1.4"])} }, { dependsOn: own });
  new linuxnet.VirtualService("dns", { hosts: [host], address: "10.96.0.10", port: 53, protocol: "udp", backend: "nft", subnets: ["10.9.1.0/24"],
    endpoints: ${JSON.stringify(numbers)}.map((n) => ({ address: "10.9.1." + n, port: 5300 })) });`;

const why = lacks(["nft"]).nft;
if (why) test.skip(`is not tried: this machine's kernel does not take nft: ${why}`);

describe.skipIf(why)("a virtual service of UDP by nft", () => {
  const name = "t-virtual";
  const project = useProject(name, useLab(name, 2, { kernel: ["nft"] }));

  test("flows stay where they are, but for those of a server that is taken out; with none they are refused", async () => {
    const up = (...numbers: number[]) => (project().program(program(numbers)), project().up());
    const ask = async (from: number, flows = 60) => (await tryOnHost(name, `host${from}`, `perl -MIO::Socket::INET -e '${CLIENT}' ${flows}`)).text.split("\n");
    const rules = () => onHost(name, "host1", firewall);
    const before = await rules();
    await onHost(name, "host2", "ip route add 10.96.0.10 via 192.168.32.245");

    await up(2, 3, 4);
    const first = await ask(1);
    // By chance, 60 flows miss one of three servers in less than one of 10^10 runs.
    expect([...new Set(first)].sort()).toEqual([2, 3, 4].map((n) => `10.9.1.${n} sees 10.9.1.1`));
    expect([...new Set(await ask(2))].sort()).toEqual([2, 3, 4].map((n) => `10.9.1.${n} sees 10.9.1.1`));
    expect(await ask(1)).toEqual(first);

    await up(2, 3);
    const second = await ask(1);
    expect([...new Set(second)].sort()).toEqual([2, 3].map((n) => `10.9.1.${n} sees 10.9.1.1`));
    const stayed = (list: string[]) => list.filter((_, i) => !first[i]!.startsWith("10.9.1.4 "));
    expect(stayed(second)).toEqual(stayed(first));

    await up();
    // No more refusals than a kernel says at once (icmp_msgs_burst).
    expect([...new Set(await ask(1, 20))]).toEqual(["Connection refused"]);

    await up(4);
    expect([...new Set([...(await ask(1)), ...(await ask(2))])]).toEqual(["10.9.1.4 sees 10.9.1.1"]);

    await project().destroy();
    expect(await rules()).toBe(before);
    await onHost(name, "host2", "ip route del 10.96.0.10");
  });
});
