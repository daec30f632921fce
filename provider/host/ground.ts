import type { Ground } from "../../network/facts.js";
import { claimFile } from "../register.js";
import { sysctlPath } from "../kinds/sysctl.js";

/** Settings that decide what becomes of packets, below /proc/sys. */
const decisive = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/rp_filter", "net/ipv4/conf/default/rp_filter", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables"];

const claimOf = (path: string) => claimFile(`sysctl  ${sysctlPath(path)}`);

/** A line for each rule in a chain of the kernel's own that is not linuxnet's, and for each such chain's policy. */
const SAVED = `/^[*]/ { table = substr($1, 2) } /^:/ && $2 != "-" { print "policy", of, table, substr($1, 2), tolower($2); own[substr($1, 2)] = 1 } /^-A/ && own[$2] && !/linuxnet:/ { print "rule", of, table, $2 }`;

/** Likewise for tables of nftables that neither iptables nor linuxnet has made. */
const RULESET = `/^table/ { family = $2; skip = $3 == "linuxnet" || (family ~ /^ip6?$/ && $3 ~ /^(filter|nat|mangle|raw|security)$/) } skip || family !~ /^(ip|ip6|inet)$/ { next }
function told(what) { if (family != "ip6") print what, 4, kind, toupper(hook); if (family != "ip") print what, 6, kind, toupper(hook) }
/^\\t\\ttype .* hook / { kind = $2; hook = $4; base = 1; if (/policy drop/) told("rule"); next } /^\\t}/ { base = 0 } base && /^\\t\\t[^ \\t]/ { told("rule") }`;

/** Asks for settings and rules that nobody declared; it makes no table by looking. What linuxnet itself has changed is left out: that is as the program says. */
export const askGround = `
# Sets v to the one digit of a setting: dash reads a byte at a time, of which /proc gives only the first.
digit() { v=; { read -r v <"$1" || [ -n "$v" ]; } 2>/dev/null; }
for f in ${decisive.join(" ")}; do
  case $f in ${decisive.map((path) => `${path}) claim='${claimOf(path)}' ;;`).join(" ")} esac
  [ ! -e "/run/linuxnet/$claim" ] && digit "/proc/sys/$f" && echo "own $f $v"
done
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do case $f in */conf/all/* | */conf/default/*) continue ;; esac; digit "$f" && echo "own \${f#/proc/sys/} $v"; done
apart=-n; [ "$(id -u)" = 0 ] || apart=-rn
unshare $apart sh -c 'for f; do v=; { read -r v <"/proc/sys/$f" || [ -n "$v" ]; } 2>/dev/null && echo "new $f $v"; done; :' sh ${decisive.join(" ")} 2>/dev/null
[ "$(id -u)" = 0 ] || { echo unseen; exit 0; }
saved() { command -v "$1" >/dev/null && "$1" 2>/dev/null | awk -v of=$2 '${SAVED}'; }
nft=; case $(iptables --version 2>/dev/null) in *nf_tables*) nft=1 ;; esac
[ -z "$nft" ] || { saved iptables-nft-save 4; saved ip6tables-nft-save 6; }
legacy() { [ ! -s /proc/net/$1 ] || saved $2-legacy-save $3 || saved $2-save $3; }
legacy ip_tables_names iptables 4; legacy ip6_tables_names ip6tables 6
command -v nft >/dev/null && nft list ruleset 2>/dev/null | awk '${RULESET}'
for f in /run/linuxnet/policy++*; do [ -e "$f" ] && echo "held \${f#/run/linuxnet/policy++}"; done
:`;

/** Reads what it printed. */
export function readGround(said: string): Ground {
  const rows = said.split("\n").map((line) => line.trim().split(" "));
  const of = (word: string) => rows.filter(([first]) => first === word).map(([, ...rest]) => rest);
  const settings = (word: string) => Object.fromEntries(of(word).map(([path, value]) => [path!, value!]));
  const ground: Ground = { sysctls: settings("own"), inherited: settings("new") };
  if (rows.some(([word]) => word === "unseen") || said.trim() === "") return ground;
  const foreign: NonNullable<Ground["foreign"]> = {};
  const chain = (key: string) => (foreign[key] ??= { rules: 0, policy: "accept" });
  for (const [family, table, name, policy] of of("policy")) if (policy === "drop") chain(`${family} ${table} ${name}`).policy = "drop";
  for (const row of of("rule")) chain(row.slice(0, 3).join(" ")).rules++;
  // A policy that linuxnet has changed is the program's affair.
  for (const [held] of of("held")) delete foreign[held!.replaceAll("+", " ")]?.policy;
  return { ...ground, foreign };
}
