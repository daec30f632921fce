import { z } from "zod";
import { ifname, linkAlias, mac, mtu, netnsName, stableMac } from "../fields.js";
import { ip, opt, rows } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { isMark } from "../mark.js";
import { hasUnknown, unknownValue } from "../unknown.js";

/** What the kernel keeps with any link, whoever made it. */
export const labelShape = {
  /** Length of its transmit queue, in packets. Default: the kernel's 1000; a link that somebody else made keeps its own. */
  txqueuelen: z.number().int().min(0).max(4_294_967_295).optional(),
  /** A text that is kept with it, up to 255 bytes (linux/if.h: IFALIASZ less the closing zero). Default: one that says whose link it is (`linuxnet.PROJECT.STACK.…`); a link that somebody else made keeps its own. */
  alias: linkAlias.optional(),
};

/** The properties that every link has. */
export const linkShape = {
  /** Name of the link, 1 to 15 bytes. Another name is another link. */
  name: ifname,
  /** Network namespace that holds it. Default: the host's own. */
  netns: netnsName.optional(),
  /** Whether the link is administratively up. Default: true. */
  up: z.boolean().default(true),
  /** MTU in bytes. Default: what the kernel gives it. */
  mtu: mtu.optional(),
  ...labelShape,
};

/** The properties of a link that has a MAC address of its own. */
export const etherShape = {
  ...linkShape,
  /** MAC address, set in the same step that makes the link. Default: a locally administered one that is always the same for the same stack, host, namespace and name. */
  mac: mac.optional(),
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
  /** The type of that. */
  masterKind: string | undefined;
  /** The link that it is on, or the other end of it: a name, or the index where that is in another namespace. */
  link: string | number | undefined;
  alias: string;
  txqueuelen: number | undefined;
  /** What is particular to its type. */
  data: Record<string, any>;
  /** What is particular to it as the port of its master. */
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
      masterKind: row.linkinfo?.info_slave_kind,
      link: row.link ?? row.link_index,
      alias: row.ifalias ?? "",
      txqueuelen: row.txqlen,
      data: row.linkinfo?.info_data ?? {},
      port: row.linkinfo?.info_slave_data ?? {},
    }
  );
}

/** The alias of a link of ours: one that the program gave it, or else our mark. */
export function labelled(alias: string, want: string | undefined): { alias: string; mark?: string } {
  return isMark(alias) && alias !== want ? { alias: "", mark: alias } : { alias };
}

/** The mark of a link is its alias, where the program gives it none. */
export const linkMark = {
  put: ({ netns, name, alias }: { netns?: string; name: string; alias?: string }, mark: string): Argv[] => (alias === undefined ? setLink(netns, name, { alias: mark }, ["alias"]) : []),
  instance: "ifindex",
};

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

/** What a link has from the kernel, and gets back when the program no longer says otherwise (linux/netdevice.h: DEFAULT_TX_QUEUE_LEN). */
export const kernels = { txqueuelen: 1000, alias: "" };

/** Attributes that a link is made with. */
export function attributes(want: { mac?: string; mtu?: number; txqueuelen?: number }): string[] {
  return [...opt("address", want.mac), ...opt("mtu", want.mtu), ...opt("txqueuelen", want.txqueuelen)];
}

/** Attributes that a link takes once it is there; older kernels (seen on 6.1) pass over an alias before. */
export function after(netns: string | undefined, name: string, want: { up?: boolean; alias?: string }): Argv[] {
  return setLink(netns, name, want, [...(want.up ? ["up"] : []), ...(want.alias ? ["alias"] : [])]);
}

/** The MAC address that a link gets where the program names none. */
export function defaultMac(given: string | undefined, seed: string, netns: string | undefined, name: string): string {
  return given ?? (hasUnknown([seed, netns, name]) ? unknownValue : stableMac(seed, netns ?? "", name));
}
