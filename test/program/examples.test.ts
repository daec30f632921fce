import * as pulumi from "@pulumi/pulumi";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { HostFacts } from "../../network/facts.js";
import { findingsOf, told } from "../../network/findings/index.js";
import { fold } from "../../network/fold.js";
import type { Declared } from "../../network/part.js";
import { modelOf, type ModelName } from "../../provider/model.js";
import { tools } from "../../provider/registry.js";
import { networkOf } from "../../provider/network.js";
import { facts } from "../unit/network/program.js";

/** What an example declares besides what it declares by itself, each in a run of its own. */
const variants: Record<string, Record<string, unknown>[]> = {
  "container-port": [{}, { ipv6: true }],
  dnat: [{}, { ipv6: true, trace: true }],
  "docker-bridge": [{}, { ipv6: true }],
  "host-gw-direct": [{}, { ipv6: true, trace: true }],
  "overlay-switch": [{ backend: "host-gw" }, { backend: "ipip" }, { backend: "vxlan" }],
  mesh: [{ size: 4 }, { backend: "ipip", size: 3 }],
  "point-to-point": [{}, { ipv6: true }],
  "service-network": [{}, { ipv6: true, backend: "host-gw" }],
  "uplink-bridge": [{}, { snat: true, ipv6: true }],
};

const examples = readdirSync(join(__dirname, "../../examples"), { withFileTypes: true }).filter((e) => e.isDirectory() && e.name !== "composition").map((e) => e.name);
const cases = [...examples.flatMap((e) => (variants[e] ?? [{}]).map((config) => ({ path: `${e}/index.js`, config }))), { path: "composition/network/index.js", config: {} }];

const hostFacts = (n: number) => ({ ...facts(n), address6: `fd00:32::${244 + n}`, prefix6: 64, gateway6: "fd00:32::1", uplinkManager: null, kernel: "6.1.0", iproute2: "6.1.0", linkKinds: ["bridge", "veth", "vxlan", "ipip", "sit"], iptables: "nf_tables", firewalls: ["iptables-nft"], managers: [], tools });

/** What a program declares, and on what hosts, as Pulumi's mocks hear it. */
async function declared(path: string, config: object): Promise<{ hosts: Record<string, HostFacts>; parts: Declared[]; count: number }> {
  const hosts: Record<string, HostFacts> = {};
  const parts: Declared[] = [];
  const project = path.replaceAll(/\W/g, "-") + Object.values(config).join("-");
  const given = { hosts: [1, 2, 3, 4].map((n) => ({ ssh: `h${n}` })).slice(0, "size" in config ? Number(config.size) : path.startsWith("mesh") ? 4 : 2), ...config };
  pulumi.runtime.setAllConfig(Object.fromEntries(Object.entries(given).map(([key, value]) => [`${project}:${key}`, typeof value === "string" ? value : JSON.stringify(value)])));
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => {
        const kind = /dynamic\/linuxnet:(\w+)$/.exec(type)?.[1];
        if (kind === "Host") {
          const known = hostFacts(Number(String(inputs.ssh).slice(1)));
          hosts[inputs.ssh as string] = known as HostFacts;
          return { id: name, state: { ...inputs, ...known, connection: { ssh: inputs.ssh } } };
        }
        if (!kind) return { id: name, state: inputs };
        const { __provider: _, atomic: _atomic, ...own } = inputs as Record<string, unknown>;
        const { value } = modelOf(kind as ModelName).check(own, () => hostFacts(1) as never);
        parts.push(...networkOf(kind as ModelName, name, (own.host as { ssh: string }).ssh, value));
        return { id: name, state: value };
      },
    },
    project,
    "test",
    true,
  );
  // Another one each time it is asked for.
  await pulumi.runtime.runInPulumiStack(async () => void (await import(/* @vite-ignore */ `../../examples/${path}?${project}`)));
  await pulumi.runtime.disconnect();
  return { hosts, parts, count: parts.length };
}

test.each(cases)("a preview finds nothing wrong with $path $config", async ({ path, config }) => {
  const { hosts, parts, count } = await declared(path, config);
  expect(count).toBeGreaterThan(4);
  expect(findingsOf(fold(hosts, parts)).map(told)).toEqual([]);
});
