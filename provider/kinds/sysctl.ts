import { z } from "zod";
import { netnsName } from "../fields.js";
import { inNetns } from "../iproute2.js";
import { defineKind } from "../kind.js";
import { onHost } from "../risk.js";

const key = z.string().superRefine((v, ctx) => {
  if (!/^\w[\w-]*([./][\w:@-]+)+$/.test(v)) ctx.addIssue({ code: "custom", message: `"${v}" is not a sysctl such as net.ipv4.ip_forward` });
});

export const sysctlShape = {
  /** The setting, such as `net.ipv4.ip_forward`; with slashes where a link's name has a dot: `net/ipv4/conf/eth0.100/forwarding`. */
  key,
  /** The value that it is given; numbers and booleans (1, 0) are written as text. The value that was found is put back on delete. */
  value: z.union([z.string().regex(/^[\x20-\x7e\s]*$/, "is not a setting's value: it holds characters that no setting has"), z.number(), z.boolean()]).transform((v) => words(typeof v === "boolean" ? (v ? "1" : "0") : String(v))),
  /** Network namespace whose setting it is. Default: the host's own. */
  netns: netnsName.optional(),
};

/** The kernel separates the numbers of one setting by tabs, people by blanks. */
function words(value: string): string {
  return value.trim().split(/\s+/).join(" ");
}

/** The path below /proc/sys, by the rule of sysctl(8): where the first separator is a slash, dots belong to names. */
export function sysctlPath(name: string): string {
  const slashes = name.search(/[./]/) >= 0 && name[name.search(/[./]/)] === "/";
  return `/proc/sys/${slashes ? name : name.replaceAll(/[./]/g, (c) => (c === "." ? "/" : "."))}`;
}

/** Writes in one go, and says why the kernel refuses, which the shell's own printf does not. */
const write = (path: string) => ["dd", `of=${path}`, "bs=64k", "status=none"];

export const sysctl = defineKind({
  name: "Sysctl",
  shape: sysctlShape,
  outputs: [],
  identity: ["key", "netns"],
  refs: ["netns"],
  borrowed: true,
  objects: (want) => [`sysctl ${want.netns ?? ""} ${sysctlPath(want.key)}`],
  touches: (want) => onHost(want.netns, { what: "sysctl", path: sysctlPath(want.key) }),
  network: ({ netns, key, value }) => [{ is: "sysctl", netns, path: sysctlPath(key).replace("/proc/sys/", ""), value }],
  show: (want) => [inNetns(want.netns, "cat", sysctlPath(want.key))],
  parse: ([shown], want) => (shown === undefined ? undefined : { key: want.key, value: words(shown) }),
  add: () => [],
  set: (want) => [Object.assign(inNetns(want.netns, ...write(sysctlPath(want.key))), { input: `${want.value}\n` })],
  del: () => [],
});
