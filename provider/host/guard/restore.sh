# Back to what was saved: what differs is mended, and nothing else is touched.

# What is there and was not (-), as far as the change touches its link, and what was there and is not (+). What belongs to links that
# others made or took away meanwhile is theirs. Where another address of a link is primary now, all of the link's are made again in order.
differences() { # SAVED NOW
  awk -F '\t' -v links=" $(echo $(touched link)) " '
    function ours(dev) { return index(links, " " dev " ") > 0 }
    { key = $1 FS $2 FS $3 }
    NR == FNR { saved[++s] = $0; was[key]; if ($1 == "addr4") before[$2] = before[$2] "\n" $3; next }
    { now[++n] = $0; is[key]; if ($1 == "link") there[$2]; if ($1 == "addr4" && key in was) after[$2] = after[$2] "\n" $3 }
    END {
      for (dev in after) anew[dev] = index(before[dev] "\n", after[dev] "\n") != 1
      for (i = n; i > 0; i--) {
        split(now[i], f)
        more = !((f[1] FS f[2] FS f[3]) in was) && (f[1] ~ /^(claim|rules)$/ || (f[1] ~ /^(link|addr|route|neigh|fdb)/ && ours(f[2])))
        if (more || (f[1] == "addr4" && anew[f[2]])) print "-" FS now[i]
      }
      for (i = 1; i <= s; i++) {
        split(saved[i], f)
        lost = !((f[1] FS f[2] FS f[3]) in is) && (f[2] == "" || f[2] in there || ours(f[2]))
        if (lost || (f[1] == "addr4" && anew[f[2]])) print "+" FS saved[i]
      }
    }' "$1" "$2"
}

# Mends the differences as far as a batch of commands can: links and addresses, IPv4, IPv6, tables of bridges.
batches() {
  rm -f "$dir"/batch.*
  awk -F '\t' -v file="$dir/batch" '
    { add = $1 == "+"; type = $2; dev = $3; args = $4; line = ""; tool = type ~ /^(route|rule)/ ? substr(type, length(type)) : type == "fdb" ? "b" : "a" }
    type == "link" && !add { line = "link del dev " dev }
    type == "set" { line = "link set dev " dev " " args }
    type == "tunnel" { line = "link set dev " dev " type " args }
    type ~ /^addr/ { line = add ? "addr add " args $5 " dev " dev : "addr del " args " dev " dev }
    type ~ /^route/ { line = add ? "route append " args $5 : "route del " args }
    type ~ /^rule/ && add { line = "rule add " args }
    type == "neigh" { split(args, word, " "); line = add ? "neigh replace " args $5 " dev " dev : "neigh del " word[1] " dev " dev }
    type == "fdb" { line = (add ? "fdb append " : "fdb del ") args " dev " dev }
    line != "" { print line >(file "." tool) }' "$dir/differences"
  [ ! -e "$dir/batch.a" ] || ip -force -batch "$dir/batch.a"
  [ ! -e "$dir/batch.4" ] || ip -4 -force -batch "$dir/batch.4"
  [ ! -e "$dir/batch.6" ] || ip -6 -force -batch "$dir/batch.6"
  [ ! -e "$dir/batch.b" ] || bridge -force -batch "$dir/batch.b"
}

write_files() {
  while IFS= read -r line; do
    sign=${line%%"$tab"*} line=${line#*"$tab"}
    type=${line%%"$tab"*} line=${line#*"$tab"*"$tab"}
    case $sign$type in
    +file) printf '%s\n' "${line#* }" >"${line%% *}" ;;
    +claim) printf '%s\n' "${line#* }" >"$register/${line%% *}" ;;
    -claim) rm -f "$register/${line%% *}" ;;
    esac
  done <"$dir/differences"
}

keep_rules() {
  touched firewall | while read -r command netns; do rules "$command" "$netns" >"$dir/rules-$command-$netns"; done
} 2>/dev/null

# As a whole, since their order matters; a table that was not there before is emptied.
restore_rules() {
  touched firewall | while read -r command netns; do
    grep -qF "${tab}rules$tab$tab$command $netns:" "$dir/differences" || continue
    kept="$dir/rules-$command-$netns"
    set -- ${netns:+ip netns exec "$netns"}
    case $command in
    nft-*) printf '%s\n' "table ${command#nft-} linuxnet" "delete table ${command#nft-} linuxnet" "$(cat "$kept")" | "$@" nft -f - ;;
    *)
      for table in $(rules "$command" "$netns" | sed -n 's/^\*//p'); do
        grep -qx "\*$table" "$kept" && continue
        "$@" "$command" -t "$table" -F
        "$@" "$command" -t "$table" -X
        for chain in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do "$@" "$command" -t "$table" -P $chain ACCEPT; done
        case $command in *legacy) ;; ip6*) "$@" nft delete table ip6 "$table" ;; *) "$@" nft delete table ip "$table" ;; esac
      done
      "$@" "$command-restore" -c <"$kept"
      ;;
    esac
  done
}

# A pass mends what it sees; what follows from that, as routes do from addresses, is left to the next.
restore() {
  pass=0
  while state >"$dir/now" && differences "$dir/saved" "$dir/now" >"$dir/differences" && [ -s "$dir/differences" ] && [ $pass -lt 6 ]; do
    # An address that was this host's a moment ago is not looked for on other hosts; a later pass puts the setting back.
    [ $pass -gt 0 ] || touched link | while read -r l; do
      [ ! -e "/proc/sys/net/ipv6/conf/$l/accept_dad" ] || echo 0 >"/proc/sys/net/ipv6/conf/$l/accept_dad"
    done
    batches
    write_files
    restore_rules
    [ $pass -lt 2 ] || nap
    pass=$((pass + 1))
  done
}
