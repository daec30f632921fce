import { omit } from "../handlers.js";
import { inNetns } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { equal } from "../plan.js";
import { portList, type Rule } from "./rule.js";
import { forget } from "./scripts.js";

/** Which end of a connection a target rewrites, in conntrack's words. */
const rewrites: Readonly<Record<string, string>> = { dnat: "--dst-nat", redirect: "--dst-nat", snat: "--src-nat", masquerade: "--src-nat" };

/** What a rule matches, as filters of conntrack(8); a match that is negated, or has no filter, lets more through. */
function filters(rule: Rule, family: 4 | 6): string[][] {
  const said = (key: keyof Rule) => (rule[key] !== undefined && !rule.not?.includes(key as never) ? String(rule[key]) : undefined);
  const words = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const protocol = said("protocol");
  const common = ["-f", family === 6 ? "ipv6" : "ipv4", ...words("-p", protocol), ...words("-s", said("source")), ...words("-d", said("originalDestination") ?? said("destination"))];
  const key = said("originalPort") ? "originalPort" : "destinationPorts";
  const ports = protocol && said(key) ? portList(rule[key]!) : [];
  // conntrack has no ranges.
  return ports.length > 0 && ports.every((p) => typeof p === "number") ? ports.map((p) => [...common, "--orig-port-dst", String(p)]) : [common];
}

/** What a rule rewrites to, where it is one address, or one with one port. */
function rewritten({ to, toPorts }: Rule, family: 4 | 6): string[] {
  if (to === undefined || to.includes("-")) return [];
  return [typeof toPorts === "number" ? `${family === 6 ? `[${to}]` : to}:${toPorts}` : to];
}

/** Commands that end what a rule did to connections: the kernel asks the table nat for the first packet only, and then remembers. */
export function endNat(netns: string | undefined, family: 4 | 6, rule: Rule): Argv[] {
  const end = rewrites[rule.target ?? ""];
  return end ? filters(rule, family).map((filter) => inNetns(netns, ...forget(...filter, end, ...rewritten(rule, family)))) : [];
}

/** Commands that let a new DNAT see UDP: its flows have no end of their own, and keep going where they went before the rule. */
export function beginNat(netns: string | undefined, family: 4 | 6, rule: Rule): Argv[] {
  const begins = rewrites[rule.target ?? ""] === "--dst-nat" && rule.protocol === "udp";
  return begins ? filters(rule, family).filter((filter) => filter.includes("--orig-port-dst")).map((filter) => inNetns(netns, ...forget(...filter))) : [];
}

/** What a connection that is there does not depend on: by what chance it came to its rule, and what is said for people. */
const indifferent: (keyof Rule)[] = ["probability", "every", "packet", "comment"];

/** Those of some rules that have no like among others, whatever these keys of theirs say. */
function only(some: readonly Rule[], others: readonly Rule[], keys: readonly (keyof Rule)[]): readonly Rule[] {
  const but = (rule: Rule) => omit(rule as Record<string, unknown>, keys);
  return some.filter((rule) => !others.some((other) => equal(but(rule), but(other))));
}

/** Commands for the connections of a chain whose rules give way to others: those of back-ends that stay go on. */
export function changeNat(netns: string | undefined, family: 4 | 6, from: readonly Rule[], to: readonly Rule[]): Argv[] {
  const end = only(from, to, indifferent).flatMap((rule) => endNat(netns, family, rule));
  const begin = only(to, from, [...indifferent, "to", "toPorts"]).flatMap((rule) => beginNat(netns, family, rule));
  return [...end, ...begin].filter((one, i, all) => all.findIndex((other) => equal(one, other)) === i);
}
