import type { Finding } from "./findings.js";

/** What else may keep packets from where a program sends them, by the answers to the questions of examine.ts. */
export function obstacles(uplink: string, said: { forward: string; reverse: string; bridged: string }): Finding[] {
  const dropping = droppedBy(said.forward);
  const unseen = said.forward.startsWith("unseen");
  return [
    unseen
      ? { subject: "forwarding", level: "ok", found: "only root sees what drops packets" }
      : dropping.length > 0
      ? { subject: "forwarding", level: "warning", found: `what no rule accepts is dropped, by ${dropping.join(", ")}`, remedy: "Accept what linuxnet's networks are to forward, by FirewallRules in the chain FORWARD (with Docker: DOCKER-USER)" }
      : { subject: "forwarding", level: "ok", found: "no chain drops by its policy" },
    reversePath(uplink, said.reverse),
    ...(said.bridged === "1" ? [bridgeFilter(dropping.length > 0)] : []),
  ];
}

/** The chains that see forwarded packets and drop by their policy, as `iptables -S FORWARD` and `nft list chains` print them. */
function droppedBy(said: string): string[] {
  const found = /^-P FORWARD DROP$/m.test(said) ? ["FORWARD of iptables"] : [];
  let [table, chain] = ["", ""];
  for (const line of said.split("\n")) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table;
    chain = /^\s+chain (\S+) \{/.exec(line)?.[1] ?? chain;
    // What iptables made is told already.
    if (/hook forward .*policy drop;/.test(line) && !(found.length > 0 && chain === "FORWARD")) found.push(`${chain} of nft's table ${table}`);
  }
  return found;
}

/** The stricter of the setting of all links and that of the link counts (Documentation/networking/ip-sysctl.rst). */
function reversePath(uplink: string, said: string): Finding {
  const values = Object.fromEntries(said.split("\n").map((line) => line.split(" "))) as Record<string, string>;
  const value = Math.max(...["all", uplink].map((link) => Number(values[link] ?? 0)));
  const subject = "rp_filter";
  if (value !== 1) return { subject, level: "ok", found: value === 0 ? "off" : "loose" };
  return { subject, level: "warning", found: `strict on ${uplink}: packets whose answers would leave by another link are dropped`, remedy: `Where traffic comes one way and goes another: a Sysctl net.ipv4.conf.${uplink}.rp_filter of 2` };
}

function bridgeFilter(drops: boolean): Finding {
  const found = "iptables sees bridged packets too (net.bridge.bridge-nf-call-iptables is 1)";
  if (!drops) return { subject: "bridges", level: "ok", found };
  return { subject: "bridges", level: "warning", found: `${found}, and what it drops does not cross a bridge either`, remedy: "A Sysctl net.bridge.bridge-nf-call-iptables of 0, or rules that accept it" };
}

/** Reads `sshd -T`: each run of linuxnet takes one connection with one session, and one more for each change that is made under guard. */
export function sshServer(said: string): Finding {
  const of = (key: string) => new RegExp(`^${key} (\\S+)$`, "m").exec(said)?.[1];
  const [startups, sessions] = [of("maxstartups"), of("maxsessions")];
  const subject = "sshd";
  if (startups === undefined || sessions === undefined) return { subject, level: "ok", found: "its settings cannot be read" };
  const found = `MaxStartups ${startups}, MaxSessions ${sessions}`;
  return Number(startups.split(":")[0]) < 3 ? { subject, level: "warning", found: `${found}: logins at the same time may be refused`, remedy: "Raise MaxStartups in sshd_config" } : { subject, level: "ok", found };
}

/** How far a clock may be off, in seconds. */
const SKEW = 60;

/** How far the host's clock, in seconds, is from the time between which it was read. */
export function clock(host: number, before: number, after: number): Finding {
  const subject = "clock";
  if (!Number.isFinite(host)) return { subject, level: "ok", found: "cannot be read" };
  const off = Math.round(host < before ? host - before : host > after ? host - after : 0);
  if (Math.abs(off) <= SKEW) return { subject, level: "ok", found: "right" };
  return { subject, level: "warning", found: `is ${Math.abs(off)} s ${off < 0 ? "behind" : "ahead of"} this machine's`, remedy: "Set it, and let it be kept right (NTP): logs and certificates go by it" };
}
