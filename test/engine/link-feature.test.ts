import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost } from "./snapshot.js";

const name = "t-feature";
const current = useProject(name, useLab(name, 1));
const feature = "tx-checksum-ip-generic";
const shown = (dev: string) => onHost(name, "host1", `ethtool -k ${dev} | grep -o "${feature}: .*"`);

test("a feature of somebody else's link is turned off, seen to drift, and given back", async () => {
  const project = current();
  await onHost(name, "host1", "ip link add ve0 type veth peer name ve1");
  try {
    project.program(`
      const host = new linuxnet.Host("h", lab.hosts(1)[0]);
      new linuxnet.LinkFeature("f", { host, dev: "ve0", feature: "${feature}", on: false });`);
    await onHost(name, "host1", "mv /usr/sbin/ethtool /usr/sbin/ethtool.away");
    const without = await project.run("preview").finally(() => onHost(name, "host1", "mv /usr/sbin/ethtool.away /usr/sbin/ethtool"));
    expect(without.rc).not.toBe(0);
    expect(without.text).toContain("host1 has no ethtool, by which a LinkFeature is made: install the package ethtool");
    await project.up();
    expect(await shown("ve0")).toBe(`${feature}: off`);
    expect(changes(await project.preview())).toEqual([]);
    await onHost(name, "host1", `ethtool -K ve0 ${feature} on`);
    await project.must("refresh", "--yes", "--skip-preview");
    expect(changes(await project.preview())).toEqual(["update LinkFeature f"]);
    await project.up();
    expect(await shown("ve0")).toBe(`${feature}: off`);
    await project.destroy();
    expect(await shown("ve0")).toBe(`${feature}: on`);
  } finally {
    await onHost(name, "host1", "ip link del ve0");
  }
});
