import { z } from "zod";
import { ifname, mac, mtu, netnsName, stableMac } from "../fields.js";
import { ip, opt, rows } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { hasUnknown, unknownValue } from "../unknown.js";

/** The properties that every link has. */
export const linkShape = {
  /** Name of the link, 1 to 15 bytes. Another name is another link. */
  name: ifname,
  /** Network namespace that holds it. Default: the host's own. */
  netns: netnsName.optional(),
  /** MAC address, set in the same step that makes the link. Default: a locally administered one that is always the same for the same stack, host, namespace and name. */
  mac: mac.optional(),
  /** Whether the link is administratively up. Default: true. */
  up: z.boolean().default(true),
};

/** An MTU that is Ethernet's where the program says nothing. */
export const ethernetMtu = mtu.default(1500);

/** The command that shows one link with its details. */
export function showLink(netns: string | undefined, name: string): Argv {
  return ip(netns, "-j", "-d", "link", "show", "dev", name);
}

/** What every link shows; `kind` is iproute2's word for its type. */
export interface ShownLink {
  name: string;
  kind: string | undefined;
  mac: string;
  mtu: number;
  up: boolean;
  ifindex: number;
  master: string | undefined;
  /** The link that it is on, or the other end of it: a name, or the index where that is in another namespace. */
  link: string | number | undefined;
  alias: string;
  txqueuelen: number | undefined;
  /** What is particular to its type. */
  data: Record<string, any>;
  /** What is particular to it as the port of a bridge. */
  port: Record<string, any>;
}

/** Reads `ip -j -d link show dev NAME`. */
export function parseLink(shown: string | undefined): ShownLink | undefined {
  const row = rows(shown)[0];
  return (
    row && {
      name: row.ifname,
      kind: row.linkinfo?.info_kind,
      mac: row.address,
      mtu: row.mtu,
      up: (row.flags as string[]).includes("UP"),
      ifindex: row.ifindex,
      master: row.master,
      link: row.link ?? row.link_index,
      alias: row.ifalias ?? "",
      txqueuelen: row.txqlen,
      data: row.linkinfo?.info_data ?? {},
      port: row.linkinfo?.info_slave_data ?? {},
    }
  );
}

/** Says that the name belongs to another type of link than the one declared. */
export function linkConflict(link: ShownLink, kind: string): { conflict?: string } {
  return link.kind === kind ? {} : { conflict: `${link.name} is there as a ${link.kind ?? "physical or loopback"} link, not a ${kind}` };
}

/** The key of a link among the kernel objects of a host. */
export function linkKey(netns: string | undefined, name: string): string {
  return `link ${netns ?? ""} ${name}`;
}

/** Attributes that any link takes in place, after `ip link set dev NAME`. */
const settable: Record<string, (value: any) => string[]> = {
  mac: (v) => opt("address", v),
  mtu: (v) => opt("mtu", v),
  up: (v) => [v ? "up" : "down"],
  txqueuelen: (v) => opt("txqueuelen", v),
  alias: (v) => opt("alias", v),
};

/** One `ip link set` for the attributes of any link that changed, or nothing. */
export function setLink(netns: string | undefined, name: string, want: Record<string, unknown>, changed: readonly string[]): Argv[] {
  const words = Object.keys(settable).filter((k) => changed.includes(k) && want[k] !== undefined).flatMap((k) => settable[k]!(want[k]));
  return words.length === 0 ? [] : [ip(netns, "link", "set", "dev", name, ...words)];
}

/** The MAC address that a link gets where the program names none. */
export function defaultMac(given: string | undefined, seed: string, netns: string | undefined, name: string): string {
  return given ?? (hasUnknown([seed, netns, name]) ? unknownValue : stableMac(seed, netns ?? "", name));
}
