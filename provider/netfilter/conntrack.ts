import { inNetns } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { portList, type Rule } from "./rule.js";
import { forget } from "./scripts.js";

/** Which end of a connection a target rewrites, in conntrack's words. */
const rewrites: Readonly<Record<string, string>> = { dnat: "--dst-nat", redirect: "--dst-nat", snat: "--src-nat", masquerade: "--src-nat" };

/** What a rule matches, as filters of conntrack(8); a match that is negated, or has no filter, lets more through. */
function filters(rule: Rule, family: 4 | 6): string[][] {
  const said = (key: keyof Rule) => (rule[key] !== undefined && !rule.not?.includes(key as never) ? String(rule[key]) : undefined);
  const words = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const protocol = said("protocol");
  const common = ["-f", family === 6 ? "ipv6" : "ipv4", ...words("-p", protocol), ...words("-s", said("source")), ...words("-d", said("destination"))];
  const ports = protocol && said("destinationPorts") ? portList(rule.destinationPorts!) : [];
  // conntrack has no ranges.
  return ports.length > 0 && ports.every((p) => typeof p === "number") ? ports.map((p) => [...common, "--orig-port-dst", String(p)]) : [common];
}

/** Commands that end what a rule did to connections: the kernel asks the table nat for the first packet only, and then remembers. */
export function endNat(netns: string | undefined, family: 4 | 6, rule: Rule): Argv[] {
  const end = rewrites[rule.target ?? ""];
  const single = rule.to !== undefined && !rule.to.includes("-") ? [rule.to] : [];
  return end ? filters(rule, family).map((filter) => inNetns(netns, ...forget(...filter, end, ...single))) : [];
}

/** Commands that let a new DNAT see UDP: its flows have no end of their own, and keep going where they went before the rule. */
export function beginNat(netns: string | undefined, family: 4 | 6, rule: Rule): Argv[] {
  const begins = rewrites[rule.target ?? ""] === "--dst-nat" && rule.protocol === "udp";
  return begins ? filters(rule, family).filter((filter) => filter.includes("--orig-port-dst")).map((filter) => inNetns(netns, ...forget(...filter))) : [];
}
