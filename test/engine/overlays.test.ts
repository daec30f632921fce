import { describe, expect, test } from "vitest";
import { info } from "../../lab/index.js";
import { capture } from "../../lab/packets.js";
import { unknownValue } from "../../provider/unknown.js";
import { useLab } from "./lab.js";
import { ping } from "./overlay.js";
import { changes, Project } from "./project.js";
import { tryOnHost } from "./snapshot.js";

const ours = "(172\\.245\\.0\\.2 > 172\\.246\\.0\\.2: ICMP echo request)";
/** Each example with what it needs of its hosts, the MTU inside, and how a packet of it looks on the wire between 192.168.32.245 and .246. */
const examples = [
  { example: "host-gw", needs: {}, mtu: 1500, wire: new RegExp(`IP ${ours}`) },
  { example: "ipip", needs: { modules: ["ipip"] }, mtu: 1480, wire: new RegExp(`IP 192\\.168\\.32\\.245 > 192\\.168\\.32\\.246: IP ${ours}`) },
  { example: "vxlan-overlay", needs: { kernel: ["vxlan"] as const }, mtu: 1450, wire: new RegExp(`IP 192\\.168\\.32\\.245\\.\\d+ > 192\\.168\\.32\\.246\\.8472: VXLAN.*vni 1.*IP ${ours}`) },
];

/** The same hosts, named by the stack's configuration instead of the lab's. */
async function configured(project: Project, name: string): Promise<void> {
  for (const i of [0, 1]) {
    await project.must("config set --path", `hosts[${i}].ssh`, `host${i + 1}`);
    await project.must("config set --path", `hosts[${i}].sshConfig`, info(name)!.sshConfig);
  }
  project.env.LINUXNET_LAB = "none-of-that-name";
}

describe.each(examples)("$example", ({ example, needs, mtu, wire }) => {
  const name = `t-ovl-${example}`;
  const lab = useLab(name, 2, needs);

  test("goes up, carries packets of that many bytes, stays, and comes down to hosts exactly as before", async () => {
    const project = new Project({ folder: `examples/${example}`, env: { LINUXNET_LAB: name } });
    try {
      const first = await project.preview();
      expect(JSON.stringify(first.map((s) => s.inputs))).not.toContain(unknownValue);
      await lab.unchanged();
      if (example === "vxlan-overlay") await configured(project, name);
      await project.up();
      const packets = await capture({ name, filter: "not tcp", payload: "vxlan" });
      await ping(name, 245, "172.246.0.2");
      await ping(name, 246, "172.245.0.2");
      const seen = await packets.stop();
      // The wire shows it, and shows it no other way.
      expect(seen.filter((p) => p.includes("172.245.0.2 > 172.246.0.2: ICMP echo request")).every((p) => wire.test(p)), seen.join("\n")).toBe(true);
      expect(seen.join("\n")).toMatch(wire);
      const large = (bytes: number) => tryOnHost(name, "host1", `ip netns exec ns245 ping -c 1 -W 2 -M do -s ${bytes - 28} 172.246.0.2`);
      expect((await large(mtu)).text).toContain("1 received");
      expect((await large(mtu + 1)).text).toContain("too long");
      expect(changes(await project.preview())).toEqual([]);
    } finally {
      await project.destroy();
      project.remove();
    }
    await lab.unchanged();
  });
});
