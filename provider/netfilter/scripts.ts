import type { Argv } from "../kind.js";

/** A script of ours; what is particular goes as arguments. */
const sh = (script: string, ...args: string[]): Argv => ["sh", "-c", script, "linuxnet", ...args];

// iptables-nft makes tables, and the kernel's own chains in them, when it first needs them, and leaves them behind when they are empty. Those that are made for us
// say so in their comments, and go when nothing is in them and they drop nothing: a chain that is not empty, -X does not delete.
const IN_TABLE = `command=$1 family=$2 table=$3 chain=$4 base=$5; shift 5
nft create table "$family" "$table" '{ comment "linuxnet"; }' 2>/dev/null
[ -z "$base" ] || nft create chain "$family" "$table" "$chain" "{ $base; policy accept; comment \\"linuxnet\\"; }" 2>/dev/null
"$@"; rc=$?
shown=$(nft list table "$family" "$table" 2>/dev/null)
for chain in $(printf "%s\n" "$shown" | awk '/^\tchain /{ name = $2; ours = 0 } /^\t\tcomment "linuxnet"/{ ours = 1 } ours && /^\t\ttype .* policy accept;/{ print name }'); do
  "$command" -w 30 -t "$table" -X "$chain" 2>/dev/null
done
case $shown in *'comment "linuxnet"'*) ;; *) exit $rc ;; esac
case $(nft list table "$family" "$table" 2>/dev/null) in *"chain "*) ;; *'comment "linuxnet"'*) nft delete table "$family" "$table" ;; esac
exit $rc`;

/** A command of iptables-nft that leaves no table and no chain of the kernel's own behind that was not there before. */
export const inTable = (command: string, family: string, table: string, chain: string, base: { type: string; hook: string; prio: number } | undefined, argv: Argv): Argv =>
  sh(IN_TABLE, command, family, table, chain, base ? `type ${base.type} hook ${base.hook} priority ${base.prio}` : "", ...argv);

// Nobody but linuxnet writes in this table; of two of its sessions at once, one waits. The claim that each has made keeps the folder there.
const IN_OUR_TABLE = `family=$1 table=$2
exec 9</run/linuxnet; command -v flock >/dev/null && flock 9
cat | nft -j -f - || exit
nft list table "$family" "$table" 2>/dev/null | awk '/^\\tchain /{ c++ } /^\\t\\t/{ if (/^\\t\\ttype .* hook /) c--; else r++ } END { exit c || r }' || exit 0
nft delete table "$family" "$table" 2>/dev/null || :`;

/** A transaction in our own table, read from the input; the table goes when nothing but the kernel's own chains is in it. */
export const inOurTable = (family: string, table: string): Argv => sh(IN_OUR_TABLE, family, table);

const DROP_TAGGED = `nft -a list chain "$1" "$2" "$3" | sed -n "s/.* comment \\"linuxnet:$4[ \\"].* # handle //p" | while read -r handle; do nft delete rule "$1" "$2" "$3" handle "$handle"; done`;

/** Deletes the rules of a chain that bear a mark. */
export const dropTagged = (family: string, table: string, chain: string, tag: string): Argv => sh(DROP_TAGGED, family, table, chain, tag);

const FORGET = `command -v conntrack >/dev/null || exit 0
conntrack -D "$@" >/dev/null 2>&1 || : # It fails where there is none.`;

/** Takes entries out of the connection tracking table, where there is a tool for that. */
export const forget = (...filter: string[]): Argv => sh(FORGET, ...filter);
