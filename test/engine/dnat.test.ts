import { expect, test } from "vitest";
import { story } from "./example.js";
import { useLab } from "./lab.js";
import { forgetLog, pointsPassed } from "./log.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-dnat";
const lab = useLab(name, 2, { own: "a log of the kernel's own" });

const reply = '{"Age":12,"Msg":"hello world! this is DNAT+bridge+Veth pair Test!"}';
const get = (host: string, url: string, within = "") => onHost(name, host, `${within} curl -s --max-time 5 '${url}'`);
const [master, slave] = ["192.168.32.245", "192.168.32.246"];

test("dnat: the host's port 8090 leads to ns1's 9090 from outside, from the host and from ns1, and a ping to the host to ns1", () =>
  story("dnat", name, lab, { ipv6: "true", trace: "true" }, async (project) => {
    for (const command of ["iptables-legacy", "ip6tables-legacy"]) await onHost(name, "host1", `${command} -P FORWARD DROP`);
    expect(await get("host2", `http://${master}:8090/`)).toBe(reply);
    expect(await get("host2", "http://[fd00:32::245]:8090/")).toBe(reply);
    for (const url of [`http://${master}:8090/`, "http://localhost:8090/", "http://[fd00:32::245]:8090/"]) expect(await get("host1", url)).toBe(reply);
    for (const url of [`http://${master}:8090/`, "http://[fd00:32::245]:8090/"]) expect(await get("host1", url, "ip netns exec ns1")).toBe(reply);
    // Whoever is behind the link does not reach what is the host's own.
    await onHost(name, "host1", "perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => \"127.0.0.1\", LocalPort => 7070) or die; fork and exit; close STDOUT; close STDERR; alarm 60; while ($s->accept) {}'");
    expect((await tryOnHost(name, "host1", "ip -n ns1 route add 127.0.0.1/32 via 10.244.1.3 table 7 && ip -n ns1 rule add to 127.0.0.1 table 7 pref 0; ip netns exec ns1 timeout 2 bash -c 'echo > /dev/tcp/127.0.0.1/7070'")).rc).not.toBe(0);

    // Ping meets the table nat once in a connection; its answers never do.
    await Promise.all(["host1", "host2"].map((host) => forgetLog(name, host)));
    expect(await onHost(name, "host2", `ping -c 2 -i 0.2 -W 2 ${master}`)).toContain("2 received");
    const there = [await pointsPassed(name, "host2", slave!, master!), await pointsPassed(name, "host1", slave!, master!), await pointsPassed(name, "host1", slave!, "10.244.1.2")];
    expect(there).toEqual([
      ["Nat-OUTPUT-1-", "Filter-OUTPUT-1-", "Nat-POSTROUTING-1-", "Filter-OUTPUT-1-"],
      ["Nat-PREROUTING-1-"],
      ["Filter-FORWARD-1-", "Nat-POSTROUTING-1-", "Filter-FORWARD-1-"],
    ]);
    const back = [await pointsPassed(name, "host1", "10.244.1.2", slave!), await pointsPassed(name, "host2", master!, slave!)];
    expect(back).toEqual([["Filter-FORWARD-1-", "Filter-FORWARD-1-"], ["Filter-INPUT-1-", "Filter-INPUT-1-"]]);

    // The tables of ARP are outputs, once they have been looked at.
    await project.up("--refresh");
    const { arp } = JSON.parse((await project.must("stack output", "--json")).stdout);
    const mac = await onHost(name, "host1", "ip netns exec ns1 cat /sys/class/net/veth1a/address");
    expect(arp.host).toEqual(expect.arrayContaining([expect.objectContaining({ dst: "10.244.1.2", dev: "veth1b", lladdr: mac })]));
    expect(arp.ns1).toEqual(expect.arrayContaining([expect.objectContaining({ dst: "10.244.1.3", dev: "veth1a" })]));
    for (const command of ["iptables-legacy", "ip6tables-legacy"]) await onHost(name, "host1", `${command} -P FORWARD ACCEPT`);
  }),
);
