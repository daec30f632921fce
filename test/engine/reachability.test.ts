import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-reach";
const lab = useLab(name, 2, { kernel: ["iptables-nft"] });
const project = useProject(name, lab);

/** A namespace on each of two hosts with a way to the other; ns2 has a web server. */
const network = (change = "") => `
  const opts = { back: true, forward: true, ...{ ${change} } };
  const hosts = lab.hosts(2).map((h, i) => new linuxnet.Host("host" + (i + 1), h));
  const spaces = hosts.map((host, i) => {
    const n = i + 1, other = 2 - i;
    const ns = new linuxnet.NetworkNamespace("ns" + n, { host, name: "ns" + n });
    new linuxnet.LinkState("lo" + n, { host, netns: ns.name, dev: "lo", up: true });
    const veth = new linuxnet.VethPair("veth" + n, { host, name: "veth" + n, peer: { name: "eth0", netns: ns.name } });
    new linuxnet.Address("gateway" + n, { host, dev: veth.name, address: "10.24" + n + ".0.1/24" });
    const own = new linuxnet.Address("own" + n, { host, netns: ns.name, dev: veth.peer.name, address: "10.24" + n + ".0.2/24" });
    if (n === 1 || opts.back) new linuxnet.Route("default" + n, { host, netns: ns.name, dst: "default", via: "10.24" + n + ".0.1" }, { dependsOn: own });
    new linuxnet.Sysctl("forward" + n, { host, key: "net.ipv4.ip_forward", value: n === 1 || opts.forward ? 1 : 0 });
    new linuxnet.Route("to" + other, { host, dst: "10.24" + other + ".0.0/24", via: hosts[2 - n].address, dev: host.uplink });
    return ns;
  });
  new linuxnet.Service("web", { host: hosts[1], name: "web", netns: spaces[1].name, command: ["nc", "-lk", "-p", "8080"], ready: { tcp: 8080 } });
  const from = { host: hosts[0], netns: spaces[0].name };`;

const reach = () => `
  new linuxnet.Reachability("ping", { from, to: "10.242.0.2" });
  new linuxnet.Reachability("web", { from, to: "10.242.0.2", protocol: "tcp", port: 8080 });`;

test("a preview names what is in the way of what must hold, and touches nothing", async () => {
  project().program(network("back: false") + reach());
  const wrong = await project().run("preview");
  expect(wrong.rc).not.toBe(0);
  for (const one of ["ping", "web"]) expect(wrong.text).toContain(`Reachability ${one}: will not be reached: ns2 on host2 has no route to 10.241.0.2. To mend it: declare a Route for 10.241.0.2 in ns2: it is the way back`);
  await lab.unchanged();
});

test("a preview warns of what is likely wrong where nothing says what must hold, and an update does not repeat it", async () => {
  project().program(network("forward: false"));
  const { text } = await project().must("preview");
  expect(text).toContain("warning: packets from ns1 on host1 to 10.242.0.2 (ns2 on host2) are lost: host2 does not forward: ");
  expect(text).toContain("To mend it: declare a Sysctl net.ipv4.ip_forward with the value 1");
  expect(text.match(/^ {4}warning: /gm)).toHaveLength(1);
  expect((await project().up()).text).not.toContain("warning: ");
});

test("what is predicted to hold is verified with packets, again when the network changes and by a refresh; a hand in between is a contradiction", async () => {
  const never = `new linuxnet.FirewallRule("shut", { host: hosts[1], chain: "FORWARD", position: "first", protocol: "tcp", destinationPorts: 8081, target: "drop" });
  new linuxnet.Reachability("shut", { from, to: "10.242.0.2", protocol: "tcp", port: 8081, holds: false, timeout: 20 });`;
  project().program(network() + never + reach());
  const preview = await project().preview();
  expect(preview.filter((s) => s.type === "Reachability").map((s) => [s.name, s.inputs.prediction])).toEqual(expect.arrayContaining([["ping", "reached"], ["web", "reached"], ["shut", "lost: a rule in filter FORWARD of host2 drops tcp from 10.241.0.2 to 10.242.0.2 port 8081"]]));
  await project().up();
  expect((await project().up()).text).toMatch(/Resources:\n\s+\d+ unchanged/);

  await onHost(name, "host2", "ip netns exec ns2 iptables-nft -A INPUT -p icmp -j DROP");
  const failed = await project().run("up", "--yes", "--skip-preview", "--refresh");
  expect(failed.rc).not.toBe(0);
  expect(failed.text).toMatch(/host1: Reachability ns1 10\.242\.0\.2 icmp does not hold within 10 s: no answer within 1 s\. That contradicts the prediction, which is reached: the hosts are not as the program says/);
  await onHost(name, "host2", "ip netns exec ns2 iptables-nft -F INPUT");
  await project().up();
});
