/*
 * Constant scripts, each run as `sh -c SCRIPT linuxnet NAME`. /etc/linuxnet/NAME holds the script that restores and the claims that it puts back.
 */

/** What is where, and what this host starts at boot: systemd's units, OpenRC's `local`, or /etc/rc.local. */
const PLACES = `
name=$1
folder=/etc/linuxnet/$name
restore=$folder/restore
unit=linuxnet-$name.service
unit_file=/etc/systemd/system/$unit
unit_text="[Unit]
Description=Network objects that linuxnet restores after a reboot ($name)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh $restore
# What it starts outlives it.
KillMode=process

[Install]
WantedBy=multi-user.target"
start=/etc/local.d/linuxnet-$name.start
rc=/etc/rc.local
rc_head="#!/bin/sh
# Made by linuxnet, and removed by it when nothing else is in here."
rc_line="sh $restore || :"

if [ -d /run/systemd/system ]; then init=systemd
elif [ -d /etc/local.d ]; then init=openrc
else init=rc
fi
fail() { echo "$1" >&2; exit 1; }

# TEXT, with a dot at its end that keeps its last newlines: what /etc/rc.local holds from now on. It keeps its mode and owner.
rc_becomes() {
  [ -n "$1" ] && file=$(readlink -f "$rc") && cp -p "$file" "$file.linuxnet" && printf %s "\${1%.}" >"$file.linuxnet" && mv "$file.linuxnet" "$file"
}
`;

/** The script that restores comes on stdin. Its line in /etc/rc.local is the first, as others may end there or stop at what fails. */
export const INSTALL = `${PLACES}
in_systemd() {
  printf '%s\\n' "$unit_text" >"$unit_file" && chmod 644 "$unit_file" && systemctl daemon-reload && systemctl enable --quiet "$unit"
}
in_openrc() {
  set -- /etc/runlevels/*/local
  [ ! -d /etc/runlevels ] || [ -e "$1" ] || fail "OpenRC does not run /etc/local.d at boot: rc-update add local default"
  printf '#!/bin/sh\\nexec sh %s\\n' "$restore" >"$start" && chmod 755 "$start"
}
in_rc() {
  if [ ! -e "$rc" ]; then
    printf '%s\\n%s\\n' "$rc_head" "$rc_line" >"$rc.linuxnet" && chmod 755 "$rc.linuxnet" && mv "$rc.linuxnet" "$rc"
    return
  fi
  [ -x "$rc" ] || fail "$rc is there but not executable, so what it says does not run at boot: make it executable, or remove it"
  ! grep -qxF "$rc_line" "$rc" || return 0
  case $(head -c 2 "$rc") in "#!") first=1 ;; *) first=0 ;; esac
  rc_becomes "$(head -n $first "$rc" && printf '%s\n' "$rc_line" && tail -n +$((first + 1)) "$rc" && echo .)"
}
umask 077
{
  mkdir -p "$folder" && cat >"$restore.new" && chmod 700 "$restore.new" && mv "$restore.new" "$restore" &&
  sh "$restore" save && umask 022 && in_$init && sync
} >/dev/null
`;

/** Prints nothing where nothing of it is there, else whether it is run at boot, and from the second line on the script. */
export const SHOW = `${PLACES}
in_systemd() { [ "$(cat "$unit_file")" = "$unit_text" ] && systemctl is-enabled --quiet "$unit"; }
in_openrc() { [ -x "$start" ]; }
in_rc() { [ -x "$rc" ] && grep -qxF "$rc_line" "$rc"; }
[ -e "$restore" ] || [ -e "$unit_file" ] || [ -e "$start" ] || grep -qsxF "$rc_line" "$rc" || exit 0
if in_$init 2>/dev/null; then echo enabled; else echo disabled; fi
cat "$restore" 2>/dev/null
exit 0
`;

/** Takes away all of it, however the host was booted when it was installed. */
export const REMOVE = `${PLACES}
{
  if [ -e "$unit_file" ]; then
    systemctl disable --quiet --now "$unit" 2>/dev/null
    rm -f "$unit_file" "/etc/systemd/system/multi-user.target.wants/$unit"
    [ $init != systemd ] || systemctl daemon-reload || exit
  fi
  rm -f "$start" || exit
  if grep -qsxF "$rc_line" "$rc"; then
    pattern=$(printf %s "$rc_line" | sed 's/[.[*^$/]/\\\\&/g')
    left=$(sed "/^$pattern$/d" "$rc" && echo .)
    if [ "$left" = "$rc_head
." ]; then rm "$rc"; else rc_becomes "$left"; fi || exit
  fi
  rm -rf "$folder" && { rmdir /etc/linuxnet 2>/dev/null || :; } && sync
} >/dev/null
`;
