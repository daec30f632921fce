import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { info } from "../../lab/index.js";
import { closeAll } from "../../provider/host/pool.js";
import { resource, Way } from "./guarded.js";
import { useLab } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-guard-up";
const lab = useLab(name, 5, { kernel: ["iptables-legacy"] });
/** A client that the hosts answer by their default route. */
const offLink = "192.0.2.1";
const ways: Record<"near" | "far" | "IPv6", Way> = {} as never;

beforeAll(async () => {
  await execa("ip", ["-n", info(name)!.netns, "addr", "add", `${offLink}/32`, "dev", "lo"]);
  Object.assign(ways, { near: new Way(name), far: new Way(name, offLink), IPv6: new Way(name, "IPv6") });
});
afterAll(async () => {
  await closeAll();
  for (const way of Object.values(ways)) way.remove();
});

/** Seconds until a host takes a change back; many, as they are all busy at once. */
const confirmTimeout = 12;

/** Ways to lose a host, each to another one: what is changed, and what the error names. */
const wrong: [string, string, keyof typeof ways, string, object, RegExp][] = [
  ["the uplink down", "host1", "near", "LinkState", { dev: "eth0", up: false }, /LinkState eth0, as eth0 carries the SSH connection/],
  ["the client's address taken", "host2", "near", "Address", { dev: "lo", address: "192.168.32.1/32" }, /Address lo 192\.168\.32\.1\/32, as 192\.168\.32\.1\/32 covers 192\.168\.32\.1/],
  ["the uplink in a bridge without its addresses", "host3", "near", "BridgePort", { dev: "eth0", master: "br9" }, /BridgePort eth0, as eth0 carries the SSH connection/],
  ["a firewall that drops all", "host5", "near", "FirewallPolicy", { chain: "INPUT", policy: "drop", backend: "iptables-legacy" }, /FirewallPolicy 4 filter INPUT, as INPUT decides on the packets/],
  ["IPv6 switched off under a login by it", "host4", "IPv6", "Sysctl", { key: "net.ipv6.conf.all.disable_ipv6", value: 1 }, /disable_ipv6 decides what the host takes and forwards/],
];

describe.concurrent("a change that cuts the host off is taken back by the host, to the last address and route", () => {
  test.each(wrong)("%s", async (_name, host, way, kind, want, says) => {
    if (kind === "BridgePort") await onHost(name, host, "ip link add br9 up type bridge; sysctl -qw net.ipv4.conf.br9.rp_filter=1");
    const error = await resource(kind, ways[way].sshConfig, host, { ...want, confirmTimeout }).create().then(() => expect.unreachable(), (e: Error) => e);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/took back what was to make .*: no new SSH connection confirmed it in time: .*(timed out|Connection closed|No route to host|session is lost).*\. It is as it was before$/s);
    if (kind === "BridgePort") await onHost(name, host, "ip link del br9");
    await lab.unchanged([host]);
  });
});

describe("on a machine with a kernel of its own", () => {
  const name = "t-guard-own";
  const lab = useLab(name, 1, { own: "a guard that a whole machine keeps" });

  test("the uplink down is taken back, and so is a firewall that drops all", async () => {
    const way = new Way(name);
    for (const [kind, want] of [["LinkState", { dev: "eth0", up: false }], ["FirewallPolicy", { chain: "INPUT", policy: "drop", backend: "iptables-legacy" }]] as const) {
      await expect(resource(kind, way.sshConfig, "host1", { ...want, confirmTimeout: 20 }).create()).rejects.toThrow(/took back what was to make .*: no new SSH connection confirmed it in time: .*\. It is as it was before$/s);
      await lab.unchanged();
    }
    way.remove();
  });
});

test("a default route by which no answer comes back is taken back, though on the link all is well", async () => {
  const given = { dst: "default", via: "192.168.32.1", dev: "eth0", protocol: "boot", adopt: true, confirmTimeout };
  const route = resource("Route", ways.far.sshConfig, "host1", given);
  await route.create();
  await expect(route.update({ via: "192.168.32.99" })).rejects.toThrow(/took back what was to change Route 254 0\.0\.0\.0\/0 0, as it is the default route/);
  await route.delete();
  await lab.unchanged(["host1"]);
});

test("a gateway that answers no more is reason enough", async () => {
  const route = resource("Route", ways.near.sshConfig, "host2", { dst: "192.168.32.1/32", type: "blackhole", guard: true, confirmTimeout });
  await expect(route.create()).rejects.toThrow(/took back/);
  const probe = resource("Route", ways.near.sshConfig, "host2", { dst: "192.168.32.247/32", type: "blackhole", guard: true, confirmTimeout, probes: ["192.168.32.247", "192.168.32.248", "10.99.0.1"] });
  await expect(probe.create()).rejects.toThrow(/no answer from 192\.168\.32\.247, which answered before/);
  await lab.unchanged(["host2"]);
});
