import type { Argv } from "./kind.js";

/** `ip` in a namespace, or on the host itself where none is named. */
export function ip(netns: string | undefined, ...args: (string | number | undefined)[]): Argv {
  return ["ip", ...(netns === undefined ? [] : ["-n", netns]), ...words(args)];
}

/** `bridge` in a namespace, or on the host itself where none is named. */
export function bridge(netns: string | undefined, ...args: (string | number | undefined)[]): Argv {
  return ["bridge", ...(netns === undefined ? [] : ["-n", netns]), ...words(args)];
}

/** Any command in a namespace, or on the host itself where none is named. */
export function inNetns(netns: string | undefined, ...argv: string[]): string[] {
  return netns === undefined ? argv : ["ip", "netns", "exec", netns, ...argv];
}

/** A keyword with its value, or nothing where there is no value. */
export function opt(keyword: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [keyword, String(value)];
}

/** A number as iproute2 reads the bytes of TOS and traffic class: always as hexadecimal. */
export function hex(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `0x${value.toString(16)}`;
}

/** A word that is there or not. */
export function flag(word: string, value: boolean | undefined): string[] {
  return value ? [word] : [];
}

/** A keyword with `on` or `off`. */
export function onOff(keyword: string, value: boolean | undefined): string[] {
  return value === undefined ? [] : [keyword, value ? "on" : "off"];
}

/** What `-j` printed; iproute2 pads lists with empty objects where a filter dropped an entry, and leaves control characters of a text as they are. */
export function rows(json: string | undefined): Record<string, any>[] {
  const text = json?.trim().replaceAll(/[\0-\x09\x0b-\x1f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text ? (JSON.parse(text) as Record<string, any>[]).filter((row) => Object.keys(row).length > 0) : [];
}

function words(args: (string | number | undefined)[]): string[] {
  return args.filter((a) => a !== undefined).map(String);
}

/** Releases of iproute2 that brought something, each with the date that its snapshots bore while they had no number (include/SNAPSHOT.h). */
const releases = { "4.17": 180_608, "5.1": 190_510 } as const;

export type Release = keyof typeof releases;

/** The first release with what every kind needs: JSON from all of `ip` and `bridge`. */
export const oldest: Release = "4.17";

/** The version in what `ip -V` prints. */
export function version(said: string): string {
  return said.replace(/^ip utility, iproute2-/, "").split(",")[0]!;
}

/** Whether a version is older than a release. */
export function olderThan(version: string, release: Release): boolean {
  const snapshot = /^ss(\d+)$/.exec(version);
  if (snapshot) return Number(snapshot[1]) < releases[release];
  const [is, than] = [version, release].map((v) => /^v?(\d+)\.(\d+)/.exec(v)?.slice(1).map(Number));
  return is !== undefined && than !== undefined && (is[0]! < than[0]! || (is[0] === than[0] && is[1]! < than[1]!));
}
