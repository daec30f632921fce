import { z } from "zod";
import { ifname, mac, mtu, netnsName } from "../fields.js";
import { defineKind } from "../kind.js";
import { onHost } from "../risk.js";
import { labelShape, parseLink, setLink, showLink } from "./link.js";

export const linkStateShape = {
  /** The link, which somebody else made. */
  dev: ifname,
  /** Network namespace that holds it. Default: the host's own. */
  netns: netnsName.optional(),
  /** Whether it is administratively up. Default: left as it is. */
  up: z.boolean().optional(),
  /** MTU in bytes. Default: left as it is. */
  mtu: mtu.optional(),
  /** MAC address. Default: left as it is. */
  mac: mac.optional(),
  ...labelShape,
};

export const linkState = defineKind({
  name: "LinkState",
  shape: linkStateShape,
  outputs: ["ifindex"],
  identity: ["dev", "netns"],
  refs: ["dev", "netns"],
  borrowed: true,
  objects: (want) => [`link-state ${want.netns ?? ""} ${want.dev}`],
  touches: (want) => onHost(want.netns, { what: "link", link: want.dev }),
  network: ({ netns, dev, up, mtu, mac }) => [{ is: "state", netns, dev, up, mtu, mac }],
  show: (want) => [showLink(want.netns, want.dev)],
  parse: ([shown]) => {
    const link = parseLink(shown);
    return link && { dev: link.name, up: link.up, mtu: link.mtu, mac: link.mac, txqueuelen: link.txqueuelen, alias: link.alias, ifindex: link.ifindex };
  },
  add: () => [],
  set: (want, changed) => setLink(want.netns, want.dev, want, changed),
  del: () => [],
});
