import { expect, test } from "vitest";
import { capture } from "../../lab/packets.js";
import { story } from "./example.js";
import { forwarding } from "./forwarding.js";
import { useLab } from "./lab.js";
import type { Project } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-service-net";
const lab = useLab(name, 2, { kernel: ["vxlan", "br_netfilter"] });

interface Client {
  host: string;
  netns?: string;
  /** The server that is there, too. */
  self?: string;
  address: string;
}

const service = "10.96.0.80";
const service6 = "fd00:10:96::80";

/** In the subnet of a server, on the hosts themselves, and where servers are, of either family. */
const clients: Client[] = [
  { host: "host1", netns: "client", address: service },
  { host: "host1", netns: "client", address: service6 },
  { host: "host1", address: service },
  { host: "host2", address: service },
  { host: "host2", address: service6 },
  { host: "host1", netns: "ns245", self: "web1", address: service },
  { host: "host1", netns: "ns245", self: "web1", address: service6 },
  { host: "host2", netns: "ns246", self: "web2", address: service },
  { host: "host2", netns: "web3", self: "web3", address: service6 },
];

const from = ({ netns }: Client) => (netns === undefined ? "" : `ip netns exec ${netns} `);

/** Who answers so many connections; each is a new one, and each is answered. */
async function answers(client: Client, connections: number): Promise<string[]> {
  const url = client.address.includes(":") ? `[${client.address}]` : client.address;
  const said = await onHost(name, client.host, `${from(client)}curl -s --max-time 60 'http://${url}/?[1-${connections}]'`);
  const by = [...said.matchAll(/"Msg":"(\w+)"/g)].map(([, server]) => server!);
  expect(by.length, `${JSON.stringify(client)}: ${said}`).toBe(connections);
  return by;
}

/** What knocking once says, and after how many seconds. */
const knock = (client: Client) => tryOnHost(name, client.host, `${from(client)}bash -c 'time -p timeout 10 bash -c "exec 3<>/dev/tcp/${client.address}/80"' 2>&1`);

const distinct = (list: string[]) => [...new Set(list)].sort();

test("service-network: one address for three servers on two hosts, from everywhere; who is taken out gets nothing new; nobody left is a refusal", () =>
  story("service-network", name, lab, { ipv6: "true" }, async (project: Project) => {
    // As Docker leaves it; and one host asks its firewall for what goes from port to port of a bridge, as Kubernetes wants it, the other does not.
    await forwarding(name, ["host1", "host2"], "DROP");
    await onHost(name, "host1", "sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0");

    // By chance, 60 connections miss one of three servers in less than one of 10^10 runs.
    const wire = await capture({ name, filter: "udp port 8472", payload: "vxlan", packets: 5000 });
    for (const host of ["host1", "host2"]) {
      const by: string[] = [];
      for (const client of clients.filter((c) => c.host === host)) {
        const these = await answers(client, client.self ? 60 : 20);
        if (client.self) expect(these).toContain(client.self);
        by.push(...these);
      }
      expect(distinct(by)).toEqual(["web1", "web2", "web3"]);
    }
    const packets = (await wire.stop()).join("\n");
    // A client in another subnet keeps its address, a host comes by that of its tunnel.
    expect(packets).toMatch(/ IP 172\.245\.0\.3\.\d+ > 172\.246\.0\.[23]\.9090: Flags \[S\]/);
    expect(packets).toMatch(/ IP 172\.245\.0\.0\.\d+ > 172\.246\.0\.[23]\.9090: Flags \[S\]/);
    expect(packets).not.toMatch(/10\.96\.0\.80|fd00:10:96:/);

    // One server less: nothing but the choice changes, in place, and what the others have goes on.
    const known = () => onHost(name, "host1", `conntrack -L -p tcp -d ${service} 2>/dev/null | grep -o 'src=172[0-9.]* dst=[0-9.]* sport=9090' | cut -d' ' -f1 | sort -u`);
    expect(await known()).toBe("src=172.245.0.2\nsrc=172.246.0.2\nsrc=172.246.0.3");
    const planned = (await project.must("up", "--yes", "--config", "replicas=2")).text.split(/^Updating/m)[0]!;
    const choice = ["host1", "host2"].flatMap((host) => ["", "6"].map((six) => `FirewallChain web-${host}-balance${six} update [diff: ~rules]`));
    expect([...planned.matchAll(/linuxnet:(\w+ \S+ \w+ \[diff: .*\])/g)].map(([, step]) => step!).sort()).toEqual(choice);
    expect(planned).toMatch(/Resources:\n\s+~ 4 to update\n\s+\d+ unchanged\n/);
    expect(await known()).toBe("src=172.245.0.2\nsrc=172.246.0.2");
    const heard = () => onHost(name, "host2", "grep -c Reply '/run/linuxnet/service:web3/log'");
    const before = await heard();
    const by = [];
    for (const client of clients) by.push(...(await answers(client, 10)));
    expect(distinct(by)).toEqual(["web1", "web2"]);
    expect(await heard()).toBe(before);

    // None: a refusal at once.
    await project.up("--config", "replicas=0");
    for (const client of clients.filter((c) => !c.self)) expect((await knock(client)).text, JSON.stringify(client)).toMatch(/Connection refused[^]*real [01]\./);
    await onHost(name, "host1", "sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1");
    await forwarding(name, ["host1", "host2"], "ACCEPT");
  }),
);
