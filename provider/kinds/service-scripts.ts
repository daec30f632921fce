import { quote } from "../host/shell.js";

/*
 * Constant scripts, each run as `sh -c SCRIPT linuxnet FOLDER …`. The folder of a service holds `record` (what was started), `init`, `main` and `keeper` (who they
 * are, as number and time of start), `exit` (how it ended) and its log.
 */

/** A process is known by its number and the time of its start: a number alone may be another's by now. */
const IDENTITY = `
identity() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  pid=\${stat%% *}; set -- \${stat##*) }; state=$1 start=\${20}
}
record() { identity self; echo "$pid $start" >"$d/$1"; }
alive() { { read -r number since <"$d/$1"; } 2>/dev/null && identity "$number" && [ "$start" = "$since" ] && [ "$state" != Z ]; }
`;

/**
 * The first process of the service's own PID namespace: when it ends, the kernel ends every other one in it, whatever it made of
 * itself. It stays a shell, as a first process is not ended by signals that it does not handle, and is to reap orphans. Before /proc is
 * mounted anew it shows the host's numbers. The command is not started as an asynchronous list, which would ignore SIGINT and SIGQUIT.
 */
const INIT = `${IDENTITY}
d=$1 workdir=$2 user=$3; shift 3
umask 077
environment=$(cat)
record init
(
  record main.new
  umask 022
  mount -t proc proc /proc && cd "$workdir" || exit
  if [ "$user" != root ]; then
    group=$(id -g "$user") || exit
    set -- "$(command -v setpriv)" --reuid "$user" --regid "$group" --init-groups -- "$@"
  fi
  mv "$d/main.new" "$d/main"
  unset OLDPWD SHLVL
  eval "$environment"
  exec "$@"
) </dev/null
exit $?
`;

/** Bytes and writes that one of the three files of a log holds: dd passes each write on at once, and counts it. */
const LOG = "bs=512 count=1024";

/**
 * Outlives the login: a session of its own, outside the login's control group, which systemd may end with it. It ends when all
 * that the service wrote is in the log.
 */
const KEEPER = `${IDENTITY}
d=$1 netns=$2; shift 2
umask 077
for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/systemd/cgroup.procs; do [ ! -w "$procs" ] || echo $$ >"$procs"; done 2>/dev/null
record keeper
mkfifo "$d/pipe"
while dd ${LOG} of="$d/log"; [ -s "$d/log" ]; do mv -f "$d/log.1" "$d/log.2"; mv -f "$d/log" "$d/log.1"; done <"$d/pipe" >/dev/null 2>&1 &
set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin unshare --pid --mount --propagation slave --fork sh -c ${quote(INIT)} linuxnet "$d" "$@"
[ -z "$netns" ] || set -- ip netns exec "$netns" "$@"
"$@" >"$d/pipe" 2>&1
echo $? >"$d/exit"
wait
`;

/** Arguments: folder, namespace, working directory, user, command …; on its input the record, on one line, and after it the environment, for the first process to read. */
export const START = `${IDENTITY}
d=$1; shift
umask 077
if alive init; then echo "it runs already, as process $pid" >&2; exit 1; fi
rm -rf "$d"; IFS= read -r record && mkdir -p "$d" && printf '%s\\n' "$record" >"$d/record" || exit
setsid -f sh -c ${quote(KEEPER)} linuxnet "$d" "$@" >/dev/null 2>&1 || exit
n=0; until [ -s "$d/main" ] || [ -s "$d/exit" ] || [ $n -ge 200 ]; do sleep 0.05; n=$((n + 1)); done
`;

/** Arguments: folder, seconds between SIGTERM for all of its processes and SIGKILL. */
export const STOP = `${IDENTITY}
d=$1 grace=$2
ended() { ! alive init && ! alive keeper; }
within() { n=$(($1 * 20)); until ended || [ $n -le 0 ]; do sleep 0.05; n=$((n - 1)); done; }
if alive init; then nsenter -t "$pid" -p -m sh -c 'kill -TERM -1' 2>/dev/null; fi
within "$grace"
if alive init; then kill -KILL "$pid" 2>/dev/null; fi
within 10
ended || { echo "it runs on 10 s after SIGKILL, as process $(cat "$d/init")" >&2; exit 1; }
rm -rf "$d"
`;

/** Arguments: folder, namespace. Prints nothing where there is none, else the record, then `running` with the number of its main process, or how it ended. */
export const SHOW = `${IDENTITY}
d=$1 netns=$2
[ -f "$d/record" ] || exit 0
cat "$d/record"
if ! alive init; then echo "ended $(cat "$d/exit" 2>/dev/null)"
elif [ -n "$netns" ] && ! [ "/proc/$pid/ns/net" -ef "/run/netns/$netns" ]; then echo elsewhere
else alive main; echo "running $pid"; fi
`;

/** The status that says: not yet. */
export const NOT_YET = 75;

/**
 * Arguments: folder, check …, which is run where the main process is. Fails for good where the service has ended; where the main process still is the
 * shell, or setpriv, that is to become it, it is not yet there.
 */
export const SETTLED = `${IDENTITY}
d=$1; shift
log() { echo "$1; the end of its log:"; cat "$d/log.2" "$d/log.1" "$d/log" 2>/dev/null | tail -n 20; }
words() { tr '\\0' '\\n' <"/proc/$1/cmdline"; }
alive init || { log "it has ended with exit status $(cat "$d/exit")" >&2; exit 1; }
first=$pid
alive main || exit ${NOT_YET}
case $(words "$pid") in "$(words "$first")" | "$(command -v setpriv)"*) exit ${NOT_YET} ;; esac
[ $# -eq 0 ] && exit
said=$(nsenter -t "$pid" -n -p -m timeout 5 "$@" 2>&1) && exit
log "it is not ready: $said" >&2
exit ${NOT_YET}
`;

/** Argument: the port as in /proc/net/tcp. Succeeds where a process of the service listens on it; another's socket is not among its files. */
export const LISTENS = `
port=$1
for socket in $(grep -hE "^ *[0-9]+: [0-9A-F]+:$port [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null | { while read -r _ _ _ _ _ _ _ _ _ inode _; do echo "$inode"; done; }); do
  ls -l /proc/[0-9]*/fd 2>/dev/null | grep -qF "socket:[$socket]" && exit
done
echo "nothing of it listens on the TCP port"; exit 1
`;

/** Arguments: host, port, path, Host header, URL. Any status below 400 will do. */
export const ANSWERS = `
if command -v bash >/dev/null; then
  exec bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit
printf "GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" "$2" "$3" >&3; read -r _ status _ <&3
echo "HTTP status $status"; [ "$status" -lt 400 ]' "$1" "$2" "$3" "$4"
fi
exec wget -q -O /dev/null "$5"
`;
