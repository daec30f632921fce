/** The status that says: not yet. */
export const NOT_YET = 75;

/** Seconds that one answer may take. */
const PATIENCE = 1;

/**
 * Arguments: namespace, protocol, address, port. `asked` sets `said` to what came of it, nothing where it was answered, and returns 2 where it could not be asked. Over UDP only a datagram is an answer. What it
 * asks with is what there is: ping; bash, or where there is none nc.
 */
const ASK = `
netns=$1 protocol=$2 to=$3 port=$4
inside() { if [ -n "$netns" ]; then ip netns exec "$netns" "$@"; else "$@"; fi; }
ping_() { case $(readlink -f "$(command -v ping)") in *busybox*) n= ;; *) n=-n ;; esac; inside ping $n -c 1 -W ${PATIENCE} "$to"; }
tcp_() {
  if command -v bash >/dev/null; then inside timeout ${PATIENCE} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$to" "$port"
  else inside nc -z -w ${PATIENCE} "$to" "$port"; fi
}
udp_() {
  if command -v bash >/dev/null; then inside bash -c 'exec 3<>"/dev/udp/$0/$1" && printf "\\n" >&3 && read -r -t ${PATIENCE} -n 1 -u 3' "$to" "$port"
  else [ -n "$(printf "\\n" | inside nc -u -w ${PATIENCE} "$to" "$port" | od -An -N1)" ]; fi
}
asked() {
  case $protocol in icmp) needs=ping ;; *) command -v bash >/dev/null && needs=bash || needs=nc ;; esac
  command -v $needs >/dev/null || { said="there is no $needs to ask with"; return 2; }
  [ -z "$netns" ] || [ -e "/run/netns/$netns" ] || { said="there is no network namespace $netns"; return 2; }
  case $protocol in icmp) answer=$(ping_ 2>&1) ;; tcp) answer=$(tcp_ 2>&1) ;; udp) answer=$(udp_ 2>&1) ;; esac && said= && return
  said=$(printf "%s" "$answer" | grep -oiE "connection refused|no route to host|network is unreachable|destination .* unreachable|packet filtered|cannot assign requested address" | head -n 1)
  said=\${said:-no answer within ${PATIENCE} s}; return 1
}
`;

/** Prints what came of it. */
export const LOOK = `${ASK}
asked; echo "\${said:-answered}"`;

/** Besides: whether it is to be answered, and what to say where it is otherwise. Succeeds where it is as it should be; what should not be answered is asked twice. */
export const HOLDS = `${ASK}
holds=$5 remark=$6
asked; [ $? -ne 2 ] || { echo "$said" >&2; exit 1; }
if [ "$holds" = true ]; then [ -n "$said" ] || exit 0
else [ -z "$said" ] || asked; [ -z "$said" ] || exit 0; said="it was answered"; fi
echo "$said. $remark" >&2
exit ${NOT_YET}`;
