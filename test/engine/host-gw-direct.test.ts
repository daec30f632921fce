import { expect, test } from "vitest";
import { capture } from "../../lab/packets.js";
import { story } from "./example.js";
import { forwarding } from "./forwarding.js";
import { useLab } from "./lab.js";
import { forgetLog, pointsPassed } from "./log.js";
import { onHost } from "./snapshot.js";

const name = "t-direct";
const lab = useLab(name, 2, { own: "a log of the kernel's own" });

/** Runs a command in the namespace of a host, again for a while where it fails: IPv6 addresses may take a moment. */
const inside = (i: number, line: string) => onHost(name, `host${i}`, `for n in 1 2 3 4 5 6 7 8; do ip netns exec ns${i} ${line} && exit; done; exit 1`);

test("host-gw-direct: namespaces of two hosts reach each other and the web server by plain routes", () =>
  story("host-gw-direct", name, lab, { ipv6: "true", trace: "true" }, async () => {
    // As Docker leaves it.
    await forwarding(name, ["host1", "host2"], "DROP");
    const wire = await capture({ name, filter: "icmp or icmp6 or tcp port 9090 or udp or proto 4" });
    expect(await inside(1, "ping -c 1 -W 2 10.244.2.2")).toContain("1 received");
    expect(await inside(2, "ping -c 1 -W 2 10.244.1.2")).toContain("1 received");
    expect(await inside(1, "ping -c 1 -W 1 fd00:244:2::2")).toContain("1 received");
    expect(await inside(1, "curl -s --max-time 5 http://10.244.2.2:9090")).toBe('{"Age":12,"Msg":"hello world! this is Veth pair Test!"}');
    const packets = await wire.stop();
    for (const plain of [/ IP 10\.244\.1\.2 > 10\.244\.2\.2: ICMP echo request/, / IP6 fd00:244:1::2 > fd00:244:2::2: ICMP6, echo request/, / IP 10\.244\.1\.2\.\d+ > 10\.244\.2\.2\.9090: Flags \[S\]/]) {
      expect(packets.filter((p) => plain.test(p)), packets.join("\n")).not.toEqual([]);
    }
    // Of a connection the table nat sees the first packet only, and the answers not at all.
    const hosts = ["host1", "host2"];
    await Promise.all(hosts.map((host) => forgetLog(name, host)));
    await inside(1, "ping -c 2 -i 0.2 -W 2 10.244.2.2");
    for (const host of hosts) {
      expect(await pointsPassed(name, host, "10.244.1.2", "10.244.2.2")).toEqual(["Nat-PREROUTING-1-", "Filter-FORWARD-1-", "Nat-POSTROUTING-1-", "Filter-FORWARD-1-"]);
      expect(await pointsPassed(name, host, "10.244.2.2", "10.244.1.2")).toEqual(["Filter-FORWARD-1-", "Filter-FORWARD-1-"]);
    }
    // Nothing of theirs is inside of anything else.
    expect(packets.filter((p) => /10\.244\.|fd00:244:/.test(p) && !/^\S+ IP6? (10\.244\.|fd00:244:)/.test(p))).toEqual([]);
    expect(await onHost(name, "host2", "cat '/run/linuxnet/service:http-web/log'")).toContain("App URL: http://10.244.2.2:9090\n");
    await forwarding(name, ["host1", "host2"], "ACCEPT");
  }),
);
