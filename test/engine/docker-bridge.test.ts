import { expect, test } from "vitest";
import { capture } from "../../lab/packets.js";
import { story } from "./example.js";
import { forwarding } from "./forwarding.js";
import { useLab } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-bridge";
const lab = useLab(name, 2, { kernel: ["br_netfilter"] });

const inside = (netns: string, line: string) => onHost(name, "host1", `for n in 1 2 3 4 5 6 7 8; do ip netns exec ${netns} ${line} && exit; done; exit 1`);

test("docker-bridge: containers reach each other, the bridge, and by the host's address the world outside", () =>
  story("docker-bridge", name, lab, { ipv6: "true" }, async () => {
    // As Docker leaves it.
    await forwarding(name, ["host1"], "DROP");
    await onHost(name, "host1", "cat /proc/sys/net/bridge/bridge-nf-call-iptables");
    for (const [from, to] of [["client1", "192.168.1.12"], ["server1", "192.168.1.11"], ["client1", "192.168.1.1"], ["client1", "fd00:168:1::12"], ["server1", "fd00:168:1::1"]] as const) {
      expect(await inside(from, `ping -c 1 -W 1 ${to}`)).toContain("1 received");
    }
    const wire = await capture({ name, filter: "icmp or icmp6" });
    expect(await inside("client1", "ping -c 1 -W 1 192.168.32.246")).toContain("1 received");
    expect(await inside("server1", "ping -c 1 -W 1 fd00:32::246")).toContain("1 received");
    const packets = (await wire.stop()).join("\n");
    expect(packets).toMatch(/IP 192\.168\.32\.245 > 192\.168\.32\.246: ICMP echo request/);
    expect(packets).toMatch(/IP6 fd00:32::245 > fd00:32::246: ICMP6, echo request/);
    expect(packets).not.toMatch(/192\.168\.1\.|fd00:168:1:/);
    await forwarding(name, ["host1"], "ACCEPT");
  }),
);
