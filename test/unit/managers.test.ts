import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { askManagers, readContenders, readManagers } from "../../provider/host/managers.js";

/** What a host answers that has these files; those of processes hold their names. */
function answer(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "managers-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (text.startsWith("→")) symlinkSync(text.slice(1), join(root, path));
      else writeFileSync(join(root, path), text);
    }
    const script = askManagers.replaceAll(/(?<=[ "])\/(?=proc|etc|run|usr)/g, `${root}/`);
    return execFileSync("sh", ["-c", script], { encoding: "utf8", env: { LC_ALL: "C" } }).replaceAll(root, "");
  } finally {
    rmSync(root, { recursive: true });
  }
}

const networkd = { "proc/61/comm": "systemd-network\n" };
const manager = { "proc/62/comm": "NetworkManager\n" };
const leaves = (files: Record<string, string>) => readManagers(answer(files))[0]?.leaves;
const contends = (files: Record<string, string>) => readContenders(answer(files)).map(({ name }) => name);

describe("the network managers of a host", () => {
  test("are the processes that bear their names, each told once", () => {
    const found = answer({ "proc/1/comm": "systemd\n", ...networkd, ...manager, "proc/70/comm": "dhclient\n", "proc/71/comm": "dhclient\n", "proc/72/comm": "evil dhcpcd\n" });
    expect(readManagers(found)).toEqual([{ name: "NetworkManager", leaves: [] }, { name: "dhclient", leaves: [] }, { name: "systemd-networkd", leaves: [] }]);
    expect(readManagers(answer({ "proc/1/comm": "init\n" }))).toEqual([]);
  });

  test("are not those of containers, which have a network of their own", () => {
    const self = { "proc/self/ns/net": "host" };
    expect(readManagers(answer({ ...self, ...networkd, "proc/61/ns/net": "another" }))).toEqual([]);
    expect(readManagers(answer({ ...self, ...networkd, "proc/61/ns/net": "→../../self/ns/net" }))).toHaveLength(1);
  });

  test("that keep to the links that they are told do not contend", () => {
    expect(contends({ "proc/70/comm": "dhclient\n", "proc/71/comm": "wickedd\n" })).toEqual([]);
  });
});

describe("systemd-networkd", () => {
  const etc = "etc/systemd/networkd.conf";
  const text = (routes: string, rules = "yes") => `# A comment.\n[Network]\nManageForeignRoutes=${routes}\nManageForeignRoutingPolicyRules = ${rules}\n`;

  test("removes what it did not make unless it is told not to", () => {
    expect(contends(networkd)).toEqual(["systemd-networkd"]);
    expect(contends({ ...networkd, [etc]: text("yes") })).toEqual(["systemd-networkd"]);
    expect(contends({ ...networkd, [etc]: "[Network]\n#ManageForeignRoutes=no\n" })).toEqual(["systemd-networkd"]);
    expect(contends({ ...networkd, [etc]: "[DHCPv4]\nManageForeignRoutes=no\n" })).toEqual(["systemd-networkd"]);
    expect(contends({ ...networkd, [etc]: text("no") })).toEqual([]);
  });

  test.each(["no", "false", "0", "off", "N"])("understands %s", (no) => expect(leaves({ ...networkd, [etc]: text(no, no) })).toEqual(["routes", "rules"]));

  test("heeds drop-ins more than its main file, the last by name most, wherever they lie", () => {
    const own = { ...networkd, [etc]: text("no", "no") };
    expect(leaves({ ...own, "run/systemd/networkd.conf.d/50-a.conf": text("yes", "no") })).toEqual(["rules"]);
    expect(leaves({ ...own, "usr/lib/systemd/networkd.conf.d/60-b.conf": text("no"), "etc/systemd/networkd.conf.d/50-a.conf": text("yes") })).toEqual(["routes"]);
  });

  test("does not read a drop-in that one of the same name hides", () => {
    const hidden = { ...networkd, "usr/lib/systemd/networkd.conf.d/50-a.conf": text("no") };
    expect(leaves(hidden)).toEqual(["routes"]);
    expect(leaves({ ...hidden, "etc/systemd/networkd.conf.d/50-a.conf": "→/dev/null" })).toEqual([]);
  });
});

describe("NetworkManager", () => {
  const main = "etc/NetworkManager/NetworkManager.conf";

  test("takes up links unless it is told to leave some alone", () => {
    expect(contends({ ...manager, [main]: "[main]\nplugins=ifupdown,keyfile\n\n[ifupdown]\nmanaged=false\n" })).toEqual(["NetworkManager"]);
    expect(contends({ ...manager, "usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf": "[keyfile]\nunmanaged-devices=none\n" })).toEqual(["NetworkManager"]);
    expect(contends({ ...manager, "usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf": "[keyfile]\nunmanaged-devices=*,except:type:wifi\n" })).toEqual([]);
  });

  test("is told so by a list, to which files add and from which they take", () => {
    const first = { ...manager, "usr/lib/NetworkManager/conf.d/a.conf": "[keyfile]\nunmanaged-devices=interface-name:br*;interface-name:veth*\n" };
    expect(leaves(first)).toEqual(["interface-name:br*", "interface-name:veth*"]);
    expect(leaves({ ...first, [main]: "[keyfile]\nunmanaged-devices+=mac:02:00:00:00:00:01\n" })).toEqual(["interface-name:br*", "interface-name:veth*", "mac:02:00:00:00:00:01"]);
    expect(leaves({ ...first, [main]: "[keyfile]\nunmanaged-devices-=interface-name:br*\n" })).toEqual(["interface-name:veth*"]);
    expect(leaves({ ...first, "etc/NetworkManager/conf.d/z.conf": "[keyfile]\nunmanaged-devices=interface-name:x\n" })).toEqual(["interface-name:x"]);
  });

  test("is told so by sections for devices", () => {
    expect(leaves({ ...manager, "etc/NetworkManager/conf.d/z.conf": "[device-a]\nmatch-device=interface-name:br*\nmanaged=0\n\n[device-b]\nmatch-device=interface-name:eth0\nmanaged=1\n" })).toEqual(["interface-name:br*"]);
    expect(leaves({ ...manager, [main]: "[device]\nmanaged=false\n" })).toEqual(["*"]);
  });
});

test("dhcpcd and connman are told by lists of their own", () => {
  expect(leaves({ "proc/9/comm": "dhcpcd\n", "etc/dhcpcd.conf": "hostname\ndenyinterfaces veth* br*\n" })).toEqual(["veth*", "br*"]);
  expect(leaves({ "proc/9/comm": "connmand\n", "etc/connman/main.conf": "[General]\nNetworkInterfaceBlacklist = vmnet,veth\n" })).toEqual(["vmnet", "veth"]);
  expect(contends({ "proc/8/comm": "dhcpcd\n", "proc/9/comm": "connmand\n" }).sort()).toEqual(["connman", "dhcpcd"]);
});

test("what linuxnet tells a manager counts, but is no fact of the host", () => {
  const files = { ...networkd, ...manager, "run/systemd/networkd.conf.d/99-linuxnet-ours.conf": "[Network]\nManageForeignRoutes=no\n", "run/NetworkManager/conf.d/99-linuxnet-ours.conf": "[keyfile]\nunmanaged-devices+=interface-name:br*" };
  expect(readContenders(answer(files))).toEqual([]);
  expect(readManagers(answer(files)).map(({ leaves }) => leaves)).toEqual([[], []]);
});
