import { afterEach, beforeEach, expect, test } from "vitest";
import { useLab } from "./lab.js";
import { changes, Project } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-managers";
const lab = useLab(name, 1, { kernel: ["dummy"] });
const host = (line: string) => onHost(name, "host1", line);
/** Waits until a command on the host succeeds. */
const until = (line: string) => host(`for i in $(seq 100); do ${line} && exit; sleep 0.1; done; exit 1`);

// Without udev, systemd-networkd takes links as ready only where it sees that there can be no udev: /sys is read-only.
const start = async () => {
  await host("unshare -m sh -c 'mount -o remount,ro /sys; exec /lib/systemd/systemd-networkd' >/tmp/networkd.log 2>&1 </dev/null & echo $! >/tmp/networkd.pid");
  await until("networkctl list >/dev/null 2>&1");
};
const stop = () => host('read -r pid </tmp/networkd.pid; kill "$pid"; while [ -e "/proc/$pid" ]; do sleep 0.1; done');
const setup = (link: string, state: string) => until(`networkctl list --no-legend | grep -q " ${link} .* ${state}"`);
/** Comes and is configured, which makes systemd-networkd look at all that it did not make. */
const anotherLink = async () => {
  await host("ip link add d9 type dummy");
  await setup("d9", "configured");
  await host("ip link del d9");
};
const drop = "/run/systemd/network/50-all.network";
const files = () => host("find /run/systemd/network* /run/NetworkManager -type f 2>/dev/null || :");

let project: Project;
beforeEach(async () => {
  // As many images have it: whatever comes is to be configured.
  await host(`mkdir -p /run/dbus /run/systemd/network; printf '[Match]\\nName=br* d*\\n\\n[Network]\\nLinkLocalAddressing=no\\n' >${drop}; dbus-daemon --system --fork --nopidfile`);
  await start();
  project = new Project({ env: { LINUXNET_LAB: name } });
});
afterEach(async () => {
  await project.destroy();
  expect(await files()).toBe(drop);
  await stop();
  await host("pkill -x dbus-daemon; rm -r /run/dbus /run/systemd /tmp/networkd.*");
  await lab.unchanged();
  project.remove();
});

const program = (first: string, opts: string) => `
  const host = new linuxnet.Host("h", lab.hosts(1)[0]);
  ${first}
  const bridge = new linuxnet.Bridge("b", { host, name: "br7" }, ${opts});
  new linuxnet.Address("a", { host, dev: bridge.name, address: "10.88.0.1/24" });
  new linuxnet.Route("r", { host, dst: "10.99.0.0/24", type: "blackhole" }, ${opts});`;

test("systemd-networkd takes away what linuxnet made, and a preview warns of that", async () => {
  project.program(program("", "{}"));
  const preview = await project.must("preview");
  expect(preview.text).toMatch(/warning: host1: systemd-networkd runs there and takes away routes, rules and addresses .*: add `new linuxnet\.UnmanagedLinks\(/);
  await project.up();
  await host("networkctl reconfigure br7");
  await until("! ip addr show dev br7 | grep -q 10.88.0.1");
  await anotherLink();
  await until("! ip route | grep -q blackhole");
  await project.must("refresh", "--yes", "--skip-preview");
  expect(changes(await project.preview()).sort()).toEqual(["create Address a", "create Route r"]);
});

test("UnmanagedLinks keeps it from that: of links at once, of routes from its next start", async () => {
  project.program(program('const ours = new linuxnet.UnmanagedLinks("u", { host, name: "ours", links: ["br?"] });', "{ dependsOn: ours }"));
  expect((await project.must("preview")).text).not.toContain("warning");
  await project.up();
  await setup("br7", "unmanaged");
  await stop();
  await start();
  await setup("br7", "unmanaged");
  await host("networkctl reconfigure br7");
  await anotherLink();
  expect(await host("ip -br addr show dev br7; ip route")).toMatch(/10\.88\.0\.1\/24[^]*blackhole 10\.99\.0\.0\/24/);
  const preview = await project.must("preview", "--refresh");
  expect(preview.text).toMatch(/Resources:\n\s+6 unchanged/);
  expect(preview.text).not.toContain("warning");
});
