# The dead man's switch of a host: a change is made, and taken back unless a new login confirms it in time.
#
#   sh PROGRAM VERB ID [ARGUMENT…]
#
# ID is a word that nobody else uses. /run/linuxnet/.lock says whose turn it is: one change at a time. /run/linuxnet/.guard-ID holds one change,
# which is of one step, or of several that are kept or taken back together:
#   title, touched   what is changed; what was saved of it (state.sh)
#   saved, probes    the host before; the addresses that answered before
#   armed            becomes confirmed or rolledback by one rename, which decides; where other hosts have their say too, agreed comes between
#   abort, silent    why it is to be taken back at once; which address answers no more
#   result           what became of it, once it was taken back; all else is gone then
#   N                a step, from 0 on:
#     touched        what it touches, and "probe ADDRESS": is to be reached as before
#     end            the second of uptime until which it waits to be confirmed
#     change, undo   the commands; what the step itself knows to take it back
#     done, err      exit status of the commands and how many of them succeeded; what the failed one said

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

gateways() { awk '/^route[46]\t.* default / { for (i = 1; i < NF; i++) if ($i == "via") print $(i + 1) == "inet6" ? $(i + 2) : $(i + 1) }' "$dir/saved"; }

probe() {
  while read -r address; do (! reaches "$address" || echo "$address" >>"$dir/probes") & done
  wait
}

# Saves the host as it is before the first step; before a further one, what that touches besides.
save() {
  about="$dir/.touched"
  if [ -s "$dir/touched" ]; then grep -vxF -f "$dir/touched" "$step/touched"; else cat "$step/touched"; fi >"$about"
  if [ ! -e "$dir/saved" ]; then
    state >"$dir/.saved"
    mv "$dir/.saved" "$dir/saved"
    { gateways && touched probe; } | probe
  elif [ -s "$about" ]; then
    state asked >"$dir/more"
    besides "$dir/saved" "$dir/more" >>"$dir/saved"
    touched probe | probe
  fi
  keep_rules
  cat "$about" >>"$dir/touched"
  about="$dir/touched"
}

last() { # the step that the host is at
  at=0
  while [ -e "$dir/$((at + 1))/begun" ]; do at=$((at + 1)); done
  step=$dir/$at
}

# It is the watch that begins each step: so nothing is done once all is taken back.
begin() {
  : >"$step/begun"
  read -r end <"$step/end"
  apart sh "$dir/program" work "$id" "$step" &
  naps=0
}

watch() {
  trap '' HUP INT PIPE
  echo $$ >"$dir/watch"
  last
  read -r end <"$step/end"
  if [ ! -e "$step/begun" ]; then
    save
    : >"$dir/armed"
    begin
  fi
  while [ -e "$dir/armed" ] || [ -e "$dir/agreed" ]; do
    uptime
    if [ -e "$dir/abort" ]; then roll_back "$(cat "$dir/abort")"
    elif [ -e "$step/done" ] && ! succeeded; then roll_back 'a command failed'
    elif [ "$up" -ge "$end" ] && [ -e "$dir/agreed" ]; then finish
    elif [ "$up" -ge "$end" ]; then roll_back "$(cat "$dir/silent" 2>/dev/null || echo 'no new SSH connection confirmed it in time')"
    elif [ -e "$step/done" ] && [ -e "$dir/$((at + 1))" ]; then
      at=$((at + 1))
      step=$dir/$at
      save
      begin
    else nap; fi
  done
  [ ! -e "$dir/rolledback" ] || roll_back 'taking it back was interrupted'
}

succeeded() { read -r status _ 2>/dev/null <"$step/done" && [ "$status" = 0 ]; }

work() { # STEP
  echo $$ >"$1/worker"
  (. "$1/change") 3>"$1/.done" >/dev/null 2>"$1/err"
  [ -s "$1/.done" ] || echo '1 1' >"$1/.done"
  mv "$1/.done" "$1/done"
}

# Whether any of the commands did what it does; a batch of them counts in what it says.
acted() { ! read -r _ count <"$step/done" || [ "$count" -gt 0 ] || grep -Eq '^Command failed -:([2-9]|1[0-9])' "$step/err"; }

roll_back() { # WHY
  [ -e "$dir/rolledback" ] || mv "$dir/armed" "$dir/rolledback" || mv "$dir/agreed" "$dir/rolledback" || return 0 # it was confirmed
  if read -r worker && [ ! -e "$step/done" ]; then kill -9 "-$worker" "$worker"; fi <"$step/worker"
  ! acted || sh "$step/undo"
  while [ $at -gt 0 ]; do
    at=$((at - 1))
    sh "$dir/$at/undo"
  done
  restore
  {
    sed 's/^/title /' "$dir/title"
    printf 'why %s\n' "$1"
    [ ! -e "$step/done" ] || sed 's/^/done /' "$step/done"
    sed 's/^/err /' "$step/err"
    sed 's/^-/left is there: /; s/^+/left is gone: /' "$dir/differences" | tr -s '\t' ' '
  } >"$dir/.result"
  mv "$dir/.result" "$dir/result"
  rm -rf "$dir"/[0-9]* "$dir"/.[0-9]*
  find "$dir/" -type f ! -name result -exec rm -f {} +
  release
} >/dev/null 2>&1

# --- What a login asks.

# Waits while the host is at work on a step; then says what became of that.
await() { # NUMBER
  naps=0 step=$dir/$1
  while [ -e "$dir/title" ] && { [ -e "$dir/abort" ] || ! { [ -e "$dir/agreed" ] || { [ -e "$dir/armed" ] && succeeded; }; }; }; do
    if [ ! -e "$dir/watch" ] && [ $naps -gt 20 ]; then
      release "$dir"
      echo idle
      return
    elif [ -e "$dir/armed" ] && [ ! -e "$step" ]; then
      echo unheard
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

enter() { # NUMBER SECONDS TOUCHED CHANGE UNDO
  next=$dir/.$1-$$
  mkdir -m 700 "$next" && printf '%s\n' "$((up + $2))" >"$next/end" && printf '%s\n' "$3" >"$next/touched" &&
    printf '%s\n' "$4" >"$next/change" && printf '%s\n' "$5" >"$next/undo" && : >"$next/err" && mv "$next" "$dir/$1"
}

start() { # SECONDS TITLE PROGRAM TOUCHED CHANGE UNDO
  for tool in awk sed grep find ip bridge; do command -v $tool >/dev/null || { echo "lacks $tool" && return; }; done
  uptime
  [ ! -e "$dir/result" ] || { await 0 && return; }
  take "$1" "$2" || { busy && return; }
  mkdir -m 700 "$dir" && : >"$dir/touched" && printf '%s\n' "$3" >"$dir/program" && enter 0 "$1" "$4" "$5" "$6" && printf '%s\n' "$2" >"$dir/title" ||
    { release "$dir"; return 1; }
  launch
  await 0
}

# One more step, once the one before it is done.
join() { # NUMBER SECONDS TOUCHED CHANGE UNDO
  uptime
  [ ! -e "$dir/title" ] || [ -e "$dir/$1" ] || enter "$@"
  await "$1"
}

# Reaches again what answered before.
answer() {
  while [ -e "$dir/armed" ] && [ -s "$dir/probes" ]; do
    silent=
    while read -r address; do reaches "$address" || silent="$silent $address"; done <"$dir/probes"
    [ -n "$silent" ] || break
    printf 'no answer from%s, which answered before\n' "$silent" >"$dir/silent"
    nap
  done
}

confirm() {
  answer
  mv "$dir/armed" "$dir/confirmed" 2>/dev/null || { await 0; return; }
  end_watch
  echo confirmed
}

# Where other hosts have their say too: this one is as wanted, but can still be told that another is not.
agree() {
  answer
  mv "$dir/armed" "$dir/agreed" 2>/dev/null || [ -e "$dir/agreed" ] || { await 0; return; }
  echo agreed
}

finish() {
  mv "$dir/agreed" "$dir/confirmed" 2>/dev/null || { await 0; return; }
  end_watch
  echo confirmed
}

end_watch() {
  ! watched || [ "$watch" = $$ ] || kill "$watch"
  release "$dir"
}

abort() { # WHY
  printf '%s\n' "$1" >"$dir/.abort" && mv "$dir/.abort" "$dir/abort"
  await 0
} 2>/dev/null

# --- What it is told to do.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
register=/run/linuxnet tab='	' naps=0
verb=$1 id=$2 dir=$register/.guard-$2
about=$dir/touched
shift 2
"$verb" "$@"
