# The dead man's switch of a host: a change is made, and taken back unless a new login confirms it in time.
#
#   sh PROGRAM VERB ID [ARGUMENT…]
#
# ID is a word that nobody else uses. /run/linuxnet/.lock says whose turn it is: one change at a time. /run/linuxnet/.guard-ID holds one change:
#   title, touched   what is changed; what it touches (state.sh), and "probe ADDRESS": is to be reached as before
#   change, undo     the commands; what the change itself knows to take it back
#   saved, probes    the host before; the addresses that answered before
#   armed            becomes confirmed or rolledback by one rename, which decides
#   done, err        exit status of the commands and how many of them succeeded; what the failed one said
#   abort, silent    why it is to be taken back at once; which address answers no more
#   result           what became of it, once it was taken back; all else is gone then

# A little longer each time, as to start a process is what costs.
nap() {
  case $naps in
  0) sleep 0.1 ;;
  1 | 2) sleep 0.2 ;;
  *) sleep 0.5 ;;
  esac 2>/dev/null || sleep 1
  naps=$((naps + 1))
}
uptime() { read -r up _ </proc/uptime && up=${up%.*}; } # no step of the clock moves it

# --- Whose turn it is. A line: ID, the second of uptime at which it ends at the latest, whose.

take() { # SECONDS WHOSE
  [ -d "$register" ] || mkdir -p -m 755 "$register"
  set -C
  printf '%s\n' "$id $((up + $1)) $2" 2>/dev/null >"$register/.lock" && set +C
}

release() { # and what else goes
  holder=
  read -r holder _ 2>/dev/null <"$register/.lock" || :
  [ "$holder" != "$id" ] || set -- "$@" "$register/.lock"
  rm -rf "$@"
  rmdir "$register" 2>/dev/null || :
}

watched() { # whether the process that watches over a change is there
  watch=
  read -r watch 2>/dev/null <"$dir/watch" && grep -qs -e "$id" "/proc/$watch/cmdline"
}

# Says who has the lock. One who is gone without giving it back is seen to first: what it began is taken back.
busy() {
  holder='' end=0 whose=''
  read -r holder end whose 2>/dev/null <"$register/.lock" || :
  echo "busy $whose"
  [ -n "$holder" ] && id=$holder dir=$register/.guard-$holder || return 0
  if watched; then :
  elif [ -e "$dir/armed" ] || [ -e "$dir/rolledback" ]; then launch
  elif [ "$up" -gt "$end" ]; then release "$dir"; fi
}

# --- The process that watches over a change. What systemd starts ends with no login; else a session of its own must do.

apart() { if command -v setsid >/dev/null; then setsid "$@"; else "$@"; fi; }

launch() {
  [ -d /run/systemd/system ] && systemd-run --quiet --collect --unit="linuxnet-guard-$id" -p Restart=on-failure sh "$dir/program" watch "$id" ||
    apart sh "$dir/program" watch "$id" &
} </dev/null >/dev/null 2>&1

reaches() { # ADDRESS
  case $1 in
  fe80:*) set -- "$1%$(ip -6 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)" ;;
  esac
  ping -n -c 1 -W 1 "$1" >/dev/null 2>&1
}

probe() { # the gateways, and what else is named
  {
    touched probe
    awk '/^route[46]\t.* default / { for (i = 1; i < NF; i++) if ($i == "via") print $(i + 1) == "inet6" ? $(i + 2) : $(i + 1) }' "$dir/saved"
  } >"$dir/asked"
  while read -r address; do (! reaches "$address" || echo "$address" >>"$dir/probes") & done <"$dir/asked"
  wait
}

watch() {
  trap '' HUP INT PIPE
  echo $$ >"$dir/watch"
  if [ ! -e "$dir/armed" ] && [ ! -e "$dir/rolledback" ]; then
    state >"$dir/saved"
    keep_rules
    probe
    : >"$dir/armed"
    apart sh "$dir/program" work "$id" &
  fi
  read -r end <"$dir/end"
  while [ -e "$dir/armed" ]; do
    uptime
    if [ -e "$dir/abort" ]; then roll_back "$(cat "$dir/abort")"
    elif [ -e "$dir/done" ] && ! succeeded; then roll_back 'a command failed'
    elif [ "$up" -ge "$end" ]; then roll_back "$(cat "$dir/silent" 2>/dev/null || echo 'no new SSH connection confirmed it in time')"
    else nap; fi
  done
  [ ! -e "$dir/rolledback" ] || roll_back 'taking it back was interrupted'
}

succeeded() { read -r status _ 2>/dev/null <"$dir/done" && [ "$status" = 0 ]; }

work() {
  echo $$ >"$dir/worker"
  (. "$dir/change") 3>"$dir/.done" >/dev/null 2>"$dir/err"
  [ -s "$dir/.done" ] || echo '1 1' >"$dir/.done"
  mv "$dir/.done" "$dir/done"
}

# Whether any of the commands did what it does; a batch of them counts in what it says.
begun() { ! read -r _ count <"$dir/done" || [ "$count" -gt 0 ] || grep -Eq '^Command failed -:([2-9]|1[0-9])' "$dir/err"; }

roll_back() { # WHY
  [ -e "$dir/rolledback" ] || mv "$dir/armed" "$dir/rolledback" 2>/dev/null || return 0 # it was confirmed
  if read -r worker && [ ! -e "$dir/done" ]; then kill -9 "-$worker" "$worker"; fi 2>/dev/null <"$dir/worker"
  ! begun || sh "$dir/undo"
  restore
  {
    sed 's/^/title /' "$dir/title"
    printf 'why %s\n' "$1"
    [ ! -e "$dir/done" ] || sed 's/^/done /' "$dir/done"
    sed 's/^/err /' "$dir/err"
    sed 's/^-/left is there: /; s/^+/left is gone: /' "$dir/differences" | tr -s '\t' ' '
  } >"$dir/.result"
  mv "$dir/.result" "$dir/result"
  find "$dir/" -type f ! -name result -exec rm -f {} +
  release
} >/dev/null 2>&1

# --- What a login asks.

# Waits while the host is at work; then says what became of that.
await() {
  naps=0
  while [ -e "$dir/title" ] && ! { [ -e "$dir/armed" ] && succeeded; }; do
    if [ ! -e "$dir/watch" ] && [ $naps -gt 20 ]; then
      release "$dir"
      echo idle
      return
    fi
    nap
  done
  if [ -e "$dir/title" ]; then echo applied
  elif [ -e "$dir/result" ]; then
    echo rolledback
    cat "$dir/result"
  else echo gone; fi
}

start() { # SECONDS TITLE PROGRAM TOUCHED CHANGE UNDO
  for tool in awk sed grep find ip bridge; do command -v $tool >/dev/null || { echo "lacks $tool" && return; }; done
  uptime
  take "$1" "$2" || { busy && return; }
  mkdir -m 700 "$dir" && printf '%s\n' "$((up + $1))" >"$dir/end" && printf '%s\n' "$3" >"$dir/program" && printf '%s\n' "$4" >"$dir/touched" &&
    printf '%s\n' "$5" >"$dir/change" && printf '%s\n' "$6" >"$dir/undo" && : >"$dir/err" && printf '%s\n' "$2" >"$dir/title" || { release "$dir"; return 1; }
  launch
  await
}

confirm() {
  while [ -e "$dir/armed" ] && [ -s "$dir/probes" ]; do
    silent=
    while read -r address; do reaches "$address" || silent="$silent $address"; done <"$dir/probes"
    [ -n "$silent" ] || break
    printf 'no answer from%s, which answered before\n' "$silent" >"$dir/silent"
    nap
  done
  mv "$dir/armed" "$dir/confirmed" 2>/dev/null || { await; return; }
  ! watched || kill "$watch"
  release "$dir"
  echo confirmed
}

abort() { # WHY
  printf '%s\n' "$1" >"$dir/.abort" && mv "$dir/.abort" "$dir/abort"
  await
} 2>/dev/null

# --- What it is told to do.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
register=/run/linuxnet tab='	' naps=0
verb=$1 id=$2 dir=$register/.guard-$2
shift 2
"$verb" "$@"
