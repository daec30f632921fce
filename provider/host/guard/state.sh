# What a host is: a line a fact, of four fields: TYPE, LINK, what is compared, what is told besides. A fact is also how to make it so.
# Asked for are what the file $about names ("link NAME", "file PATH", "claim FILE"; "conf": the settings of every link; "firewall
# COMMAND [NETNS]", where COMMAND is one of iptables, or nft-ip, nft-ip6 for the table linuxnet), and all links, addresses, routes, rules and permanent entries of the host's own namespace. To start a process is what costs.

touched() { # TYPE: the names
  while read -r type name; do [ "$type" != "$1" ] || printf '%s\n' "$name"; done <"$about"
}

links() {
  for d in /sys/class/net/*; do
    [ -e "$d/ifindex" ] || continue # bonding_masters is no link
    name=${d##*/} master=nomaster mac='' alias='' up=down
    if [ -e "$d/master" ]; then while IFS== read -r key value; do [ "$key" != INTERFACE ] || master="master $value"; done <"$d/master/uevent"; fi
    read -r flags <"$d/flags"
    read -r mtu <"$d/mtu"
    read -r queue <"$d/tx_queue_len"
    read -r mac <"$d/address" || :
    IFS= read -r alias <"$d/ifalias" || :
    [ $((flags & 1)) = 0 ] || up=up
    printf 'link\t%s\t\n' "$name"
    for word in "$master" ${mac:+"address $mac"} "mtu $mtu" "txqueuelen $queue" "$up"; do printf 'set\t%s\t%s\n' "$name" "$word"; done
    printf 'file\t%s\t%s\n' "$name" "$d/ifalias $alias"
  done
} 2>/dev/null

rules() { # COMMAND [NETNS]: with their counters
  case $1 in
  nft-*) set -- "${2-}" nft list table "${1#nft-}" linuxnet ;;
  *) set -- "${2-}" "$1-save" -c ;;
  esac
  if [ -n "$1" ]; then ip netns exec "$@"; else shift && "$@"; fi
}

# As the tools print it: what every host has, and what is asked for besides.
everywhere() {
  links
  ip -o -d -batch - <<-END
	addr show
	neigh show nud permanent
	link show type vxlan
	link show type ipip
	END
  for family in 4 6; do
    echo "family $family"
    ip -o -d "-$family" -batch - <<-END
	route show table all
	rule show
	END
  done
  bridge fdb show
} 2>/dev/null

asked() {
  set --
  while read -r type name; do
    case $type in
    link) set -- "$@" /proc/sys/net/ipv[46]/conf/"$name"/* /sys/class/net/"$name"/br*/* ;;
    conf) set -- "$@" /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/* ;;
    file) set -- "$@" "$name" ;;
    claim) set -- "$@" "$register/$name" ;;
    esac
  done <"$about"
  [ $# = 0 ] || grep -sH '' "$@"
  touched firewall | while read -r command netns; do
    echo "firewall $command $netns"
    rules "$command" "$netns"
  done
} 2>/dev/null

state() { # [what is to be shown]
  for part in ${*:-everywhere asked}; do $part; done >"$dir/shown"
  awk '
    function fact(type, dev, args, more) { print type "\t" dev "\t" args "\t" more }
    /^(link|set|file)\t/ { print; next }
    $1 == "family" { family = $2; next }

    # Rules come last, and have an order; what counts packets is left out.
    $1 == "firewall" { rules = $2 " " $3; next }
    rules && (/^#|^COMMIT/ || /^:[^ ]+ ACCEPT /) { next }
    rules && /^\*/ { table = substr($0, 2); next }
    rules { gsub(/^\[[0-9:]*\] | \[[0-9:]*\]$|packets [0-9]+ bytes [0-9]+/, ""); gsub(/[ \t]+/, " "); fact("rules", "", rules ": " table " " ++place[rules, table, $2] $0); next }

    # Temporary addresses come again by themselves. Of IPv6 the kernel lists the newest first.
    /^[0-9]+: / && $3 ~ /^inet6?$/ {
      args = $4; more = ""; passing = 0
      for (i = 5; i <= NF; i++) {
        word = $i; gsub(/\\/, "", word)
        if (word == "temporary") passing = 1
        else if (word ~ /^(brd|peer|metric|scope|proto)$/) args = args " " word " " $(++i)
        else if (word ~ /_lft$/) { span = $(++i); if (sub(/sec/, "", span)) more = more " " word " " span }
        else if (word ~ /^(noprefixroute|home|mngtmpaddr|autojoin|nodad)$/) args = args " " word
        else if ($3 == "inet" && word != "" && word !~ /^(secondary|dynamic|deprecated|tentative|permanent)$/) args = args " label " word
      }
      if (passing) next
      if ($3 == "inet") fact("addr4", $2, args, more)
      else { six[++sixes] = $2; six_args[sixes] = args; six_more[sixes] = more }
      next
    }
    / PERMANENT/ { fact("neigh", $3, $1 " lladdr " $5, " nud permanent"); next }
    / vxlan id / || / ipip / { # the link that a tunnel sends its packets by
      dev = $2; sub(/[:@].*/, "", dev); kind = on = ""
      for (i = 3; i < NF; i++) if ($i == "vxlan") kind = "vxlan id " $(i + 2); else if ($i == "ipip") kind = $i; else if (kind != "" && $i == "dev") on = $(i + 1)
      if (on != "") fact("tunnel", dev, kind " dev " on)
      next
    }
    /^[0-9]+:\t/ { sub(/:[ \t]+/, " "); sub(/ +$/, ""); fact("rule" family, "", "pref " $0); next }

    # The table "local" follows from the addresses.
    / table local / { next }
    /^(unicast|throw|unreachable|prohibit|blackhole|nat|local|broadcast|multicast|anycast) / {
      gsub(/[\\\t]/, " "); $0 = $0; args = $1; more = dev = ""
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^(linkdown|dead|pervasive|offload|offload_failed|trap|notify|unresolved|rt_offload|rt_trap|rt_offload_failed)$/) continue
        if ($i == "error") i++
        else if ($i == "expires") more = " expires " ($(++i) + 0)
        else { if ($i == "dev" && dev == "") dev = $(i + 1); args = args " " $i }
      }
      fact("route" family, dev, args, more)
      next
    }
    $2 == "dev" { # Others in the table of a link are the kernel'"'"'s own.
      if (/ dst .*permanent/ || / master .*static/) { dev = $3; sub(/ dev [^ ]+/, ""); fact("fdb", dev, $0) }
      next
    }
    /^\// {
      at = index($0, ":"); path = substr($0, 1, at - 1); value = substr($0, at + 1); n = split(path, part, "/")
      if (part[2] == "run") fact("claim", "", part[n] " " value)
      else if (part[2] == "sys") { if (part[n] !~ /_timer$|^(designated|topology|root|bridge|port|group_addr|change_ack|config_pending|state)/) fact("file", part[5], path " " value) }
      else if (part[n] != "stable_secret") fact("file", part[6] == "conf" && part[7] !~ /^(all|default)$/ ? part[7] : "", path " " value)
    }
    END { for (; sixes > 0; sixes--) fact("addr6", six[sixes], six_args[sixes], six_more[sixes]) }' "$dir/shown"
}

# What a later look says of what an earlier one was not asked for, but for links that were not there then.
besides() { # SAVED MORE
  awk -F '\t' '
    function about() { part = $3; if ($1 == "rules") sub(/: table .*/, "", part); else sub(/ .*/, "", part); return $1 FS part }
    NR == FNR { if ($1 == "link") there[$2]; seen[about()]; next }
    $1 ~ /^(file|claim|rules)$/ && !(about() in seen) && ($2 == "" || $2 in there)' "$1" "$2"
}
