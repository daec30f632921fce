import { z } from "zod";
import { ifname, netnsName, text } from "../fields.js";
import { inNetns } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { onHost } from "../risk.js";

export const linkFeatureShape = {
  /** The link, which may be somebody else's. */
  dev: ifname,
  /** Network namespace that holds it. Default: the host's own. */
  netns: netnsName.optional(),
  /** The feature as `ethtool -k DEV` prints it, such as `tx-checksum-ip-generic` or `generic-receive-offload`. */
  feature: text((v) => (/^[A-Za-z0-9][\w-]*$/.test(v) ? undefined : `"${v}" is not a feature such as tx-checksum-ip-generic`)),
  /** Whether it is on. What was found is put back on delete. Features that need one which is turned off go off with it, and come back with it. */
  on: z.boolean(),
};

export const linkFeature = defineKind({
  name: "LinkFeature",
  shape: linkFeatureShape,
  outputs: [],
  identity: ["dev", "netns", "feature"],
  refs: ["dev", "netns"],
  borrowed: true,
  tools: { ethtool: "ethtool" },
  objects: (want) => [`link-feature ${want.netns ?? ""} ${want.dev} ${want.feature}`],
  touches: (want) => onHost(want.netns, { what: "link", link: want.dev }),
  show: (want) => [inNetns(want.netns, "ethtool", "-k", want.dev)],
  parse: ([shown], want) => {
    // What `ethtool -K` says that it changed comes before.
    const features = shown?.split(/^Features for .*:$/m).at(-1);
    if (features === undefined) return undefined;
    const line = features.split("\n").find((l) => l.trim().startsWith(`${want.feature}: `));
    const [, value, fixed] = /: (on|off)( \[fixed\])?/.exec(line ?? "") ?? [];
    if (!value) return { conflict: `${want.dev} has no feature ${want.feature}: \`ethtool -k ${want.dev}\` lists those that it has` };
    const on = value === "on";
    if (fixed && on !== want.on) return { conflict: `${want.feature} of ${want.dev} is fixed: it is ${value} and nobody can change that` };
    return { dev: want.dev, feature: want.feature, on };
  },
  add: () => [],
  set: (want) => [inNetns(want.netns, "ethtool", "-K", want.dev, want.feature, want.on ? "on" : "off")],
  del: () => [],
});
