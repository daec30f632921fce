import { expect, test } from "vitest";
import { useLab } from "./lab.js";
import { ping } from "./overlay.js";
import { changes, Project } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-switch";
const lab = useLab(name, 2, { modules: ["ipip"] });

/** What each back-end has on a host besides what all have. */
const own: Record<string, string[]> = {
  "host-gw": [],
  ipip: ["Address tunnel-address", "Ipip tunnel"],
  vxlan: ["Address vtep-address", "FdbEntries fdb", "Neighbours neighbours", "Vxlan vtep"],
};
const nodes = [245, 246];
const on = (op: string, things: string[]) => nodes.flatMap((n) => things.map((t) => `${op} ${t.replace(" ", ` overlay-${n}-`)}`));

test("another back-end is one update, which says what goes and comes", async () => {
  const project = new Project({ folder: "examples/overlay-switch", env: { LINUXNET_LAB: name } });
  let was = "host-gw";
  const then = ["ipip", "vxlan", "host-gw"];
  try {
    await project.up();
    await ping(name, 245, "172.246.0.2");
    for (const backend of then) {
      await project.must("config set backend", backend);
      const inside = ["Bridge bridge", "Routes routes", "VethPair veth"];
      expect(changes(await project.preview()).sort(), backend).toEqual([...on("create", own[backend]!), ...on("update", inside), ...on("delete", own[was!]!)].sort());
      // Pings every 20 ms all the while; the kernel's own sequence tells what was lost.
      const pings = onHost(name, "host1", "ip netns exec ns245 ping -n -i 0.02 -w 60 -W 1 172.246.0.2 | tail -n 3 & echo $! > /tmp/pinging; wait");
      await project.up();
      await onHost(name, "host1", "pkill -INT -x ping");
      const [sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(await pings)!.slice(1).map(Number) as [number, number];
      console.info(`${was} → ${backend}: ${sent - received} of ${sent} pings lost, ${(sent - received) * 20} ms`);
      expect(received).toBeGreaterThan(0);
      await ping(name, 246, "172.245.0.2");
      was = backend;
    }
  } finally {
    await project.destroy();
    project.remove();
  }
  await lab.unchanged();
});
