#!/bin/sh
# linuxnet {"owner":"net/dev/boot"}
# Makes again, after a reboot, what this stack has on this host. Each `pulumi up` writes it anew.
#   sh restore       makes what is missing; what does not work is tried again for a minute
#   sh restore save  keeps for the next boot what the register in /run/linuxnet says of each object

export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
exec </dev/null
register=/run/linuxnet
claims=$(dirname "$0")/claims

# CLAIM TITLE OWNER [adopt]: makes an object that the register does not know, and puts its claim back.
restore() {
  [ ! -e "$register/$1" ] || return 0
  if said=$(make 2>&1) || { [ "$4" = adopt ] && exists && said=$(change 2>&1); }; then
    copy "$claims/$1" "$register/$1" || printf '%s\n' "$3" >"$register/$1"
  else
    failed="$failed$2: $said
"
  fi
}
exists() { case $said in *"File exists"* | *"already exists"* | *"already assigned"*) ;; *) return 1 ;; esac }
copy() { { IFS= read -r line <"$1"; } 2>/dev/null && printf '%s\n' "$line" >"$2"; }

pass() {
:

make() {
ip netns add ns1
}
restore netns+ns1 'NetworkNamespace ns1' '{"owner":"net/dev/NetworkNamespace/ns"}'

make() {
ip link add name veth1 address 02:00:00:00:00:01 mtu 1500 type veth peer name eth0 netns ns1 address 02:00:00:00:00:02 mtu 1500 || return
ip link set dev veth1 up &&
ip -n ns1 link set dev eth0 up &&
ip link set dev veth1 alias linuxnet.net.dev.c7b7c6c9f566 || { ip link del dev veth1; return 1; }
}
restore link++veth1 'VethPair veth1' '{"owner":"net/dev/VethPair/veth"}'

}

case ${1-} in
save)
  rm -rf "$claims"
  mkdir -m 700 "$claims" || exit
  restore() { [ ! -e "$register/$1" ] || copy "$register/$1" "$claims/$1"; }
  pass
  exit
  ;;
esac
[ -d "$register" ] || mkdir -p -m 755 "$register"
passes=1
until failed=; pass; [ -z "$failed" ]; do
  if [ $passes -ge 30 ]; then printf %s "$failed" >&2; exit 1; fi
  passes=$((passes + 1))
  sleep 2
done
