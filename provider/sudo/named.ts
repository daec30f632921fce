import type { Right } from "./rights.js";

/** What each kind needs root for. Made from the kinds by `npm run rights`. */
export const named: Readonly<Record<string, readonly Right[]>> = {
  NetworkNamespace: [
    { tool: "ip", args: "netns add <name>" },
    { tool: "ip", args: "netns del <name>" },
  ],
  VethPair: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|mtu <number>|name <name>|netns <name>|peer|txqueuelen <number>|type veth))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mtu <number>|txqueuelen <number>|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Bridge: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|ageing_time <number>|forward_delay <number>|mcast_snooping <number>|mtu <number>|name <name>|priority <number>|stp_state <number>|txqueuelen <number>|type bridge|up|vlan_filtering <number>))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|ageing_time <number>|alias (<name>)?|dev <name>|down|forward_delay <number>|mcast_snooping <number>|mtu <number>|priority <number>|stp_state <number>|txqueuelen <number>|type bridge|up|vlan_filtering <number>))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  BridgePort: [
    { tool: "bridge", args: "(-n <name> )?link set( (cost <number>|dev <name>|flood (off|on)|hairpin (off|on)|isolated (off|on)|learning (off|on)|neigh_suppress (off|on)|priority <number>))*" },
    { tool: "ip", args: "(-n <name> )?link set( (dev <name>|master <name>|nomaster))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  LinkState: [
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mtu <number>|txqueuelen <number>|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  LinkFeature: [
    { tool: "ethtool", args: "-K <name> <name> off" },
    { tool: "ethtool", args: "-K <name> <name> on" },
  ],
  Address: [
    { tool: "ip", args: "(-n <name> )?addr add (<ip>|<prefix>)( (broadcast <ip>|dev <name>|nodad|noprefixroute|peer <prefix>|scope (global|host|link)))*" },
    { tool: "ip", args: "(-n <name> )?addr del (<ip>|<prefix>)( (dev <name>|peer <prefix>))*" },
    { tool: "ip", args: "-n <name> -j -[46] addr show( dev <name>)*" },
  ],
  Route: [
    { tool: "ip", args: "(-n <name> )?-[46] route add( <prefix>)?( (<prefix>|blackhole|dev <name>|metric <number>|mtu <number>|nexthop|onlink|prohibit|proto (<name>|static)|scope (global|host|link|site)|src <ip>|table <number>|tos <hex>|unreachable|via <ip>|weight <number>))*" },
    { tool: "ip", args: "(-n <name> )?-[46] route del <prefix>( (dev <name>|metric <number>|table <number>|tos <hex>|via <ip>))*" },
    { tool: "ip", args: "(-n <name> )?-[46] route replace( <prefix>)?( (<prefix>|blackhole|dev <name>|metric <number>|mtu <number>|nexthop|onlink|prohibit|proto (<name>|static)|scope (global|host|link|site)|src <ip>|table <number>|tos <hex>|unreachable|via <ip>|weight <number>))*" },
    { tool: "ip", args: "-n <name> -j -d -[46] route show( <prefix>)?( (default|table <number>|tos <hex>))*" },
  ],
  Rule: [
    { tool: "ip", args: "(-n <name> )?-[46] rule add( (blackhole|dport <number>|from <prefix>|fwmark <hex>|iif <name>|ipproto <number>|lookup <number>|not|oif <name>|priority <number>|prohibit|sport <number>|suppress_prefixlength <number>|to <prefix>|unreachable))*" },
    { tool: "ip", args: "(-n <name> )?-[46] rule del( (blackhole|dport <number>|from <prefix>|fwmark <hex>|iif <name>|ipproto <number>|lookup <number>|not|oif <name>|priority <number>|prohibit|sport <number>|suppress_prefixlength <number>|to <prefix>|unreachable))*" },
    { tool: "ip", args: "-n <name> -j -N -[46] rule show( priority <number>)*" },
  ],
  Sysctl: [
    { tool: "dd", args: "of=<setting> bs=64k status=none" },
  ],
  Vxlan: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|ageing <number>|dev <name>|dstport <number>|id <number>|learning|local <ip>|mtu <number>|name <name>|nolearning|remote <ip>|ttl <number>|txqueuelen <number>|type vxlan|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|ageing <number>|alias (<name>)?|dev <name>|down|dstport <number>|id <number>|learning|local <ip>|mtu <number>|nolearning|remote <ip>|ttl <number>|txqueuelen <number>|type vxlan|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Ipip: [
    { tool: "ip", args: "(-n <name> )?link add( (dev <name>|local (<ip>|any)|mtu <number>|name <name>|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type ipip|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|dev <name>|down|local (<ip>|any)|mtu <number>|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type ipip|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Sit: [
    { tool: "ip", args: "(-n <name> )?link add( (dev <name>|local (<ip>|any)|mtu <number>|name <name>|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type sit|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|dev <name>|down|local (<ip>|any)|mtu <number>|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type sit|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Gre: [
    { tool: "ip", args: "(-n <name> )?link add( (csum|dev <name>|key <number>|local (<ip>|any)|mtu <number>|name <name>|nocsum|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type gre|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|csum|dev <name>|down|key <number>|local (<ip>|any)|mtu <number>|nocsum|nokey|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type gre|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Gretap: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|csum|dev <name>|key <number>|local (<ip>|any)|mtu <number>|name <name>|nocsum|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type gretap|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|csum|dev <name>|down|key <number>|local (<ip>|any)|mtu <number>|nocsum|nokey|nopmtudisc|pmtudisc|remote (<ip>|any)|tos <hex>|ttl <number>|txqueuelen <number>|type gretap|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Ip6Tnl: [
    { tool: "ip", args: "(-n <name> )?link add( (dev <name>|encaplimit (<number>|none)|hoplimit <number>|local (<ip>|any)|mode (any|ip6ip6|ipip6)|mtu <number>|name <name>|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6tnl|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|dev <name>|down|encaplimit (<number>|none)|hoplimit <number>|local (<ip>|any)|mode (any|ip6ip6|ipip6)|mtu <number>|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6tnl|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Ip6Gre: [
    { tool: "ip", args: "(-n <name> )?link add( (csum|dev <name>|encaplimit (<number>|none)|hoplimit <number>|key <number>|local (<ip>|any)|mtu <number>|name <name>|nocsum|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6gre|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|csum|dev <name>|down|encaplimit (<number>|none)|hoplimit <number>|key <number>|local (<ip>|any)|mtu <number>|nocsum|nokey|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6gre|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Ip6Gretap: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|csum|dev <name>|encaplimit (<number>|none)|hoplimit <number>|key <number>|local (<ip>|any)|mtu <number>|name <name>|nocsum|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6gretap|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|csum|dev <name>|down|encaplimit (<number>|none)|hoplimit <number>|key <number>|local (<ip>|any)|mtu <number>|nocsum|nokey|remote (<ip>|any)|tclass (<hex>|inherit)|txqueuelen <number>|type ip6gretap|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Geneve: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|df (inherit|set|unset)|dstport <number>|id <number>|mtu <number>|name <name>|remote <ip>|tos <hex>|ttl <number>|txqueuelen <number>|type geneve|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|df (inherit|set|unset)|down|dstport <number>|id <number>|mtu <number>|remote <ip>|tos <hex>|ttl <number>|txqueuelen <number>|type geneve|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Vlan: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|gvrp (off|on)|id <number>|link <name>|loose_binding (off|on)|mtu <number>|mvrp (off|on)|name <name>|protocol (802[.]1Q|802[.]1ad)|reorder_hdr (off|on)|txqueuelen <number>|type vlan|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|gvrp (off|on)|id <number>|loose_binding (off|on)|mtu <number>|mvrp (off|on)|protocol (802[.]1Q|802[.]1ad)|reorder_hdr (off|on)|txqueuelen <number>|type vlan|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Macvlan: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|link <name>|mode (bridge|passthru|private|vepa)|mtu <number>|name <name>|txqueuelen <number>|type macvlan|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mode (bridge|passthru|private|vepa)|mtu <number>|txqueuelen <number>|type macvlan|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Macvtap: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|link <name>|mode (bridge|passthru|private|vepa)|mtu <number>|name <name>|txqueuelen <number>|type macvtap|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mode (bridge|passthru|private|vepa)|mtu <number>|txqueuelen <number>|type macvtap|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Ipvlan: [
    { tool: "ip", args: "(-n <name> )?link add( (bridge|link <name>|mode (l2|l3|l3s)|mtu <number>|name <name>|private|txqueuelen <number>|type ipvlan|up|vepa))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (alias (<name>)?|bridge|dev <name>|down|mode (l2|l3|l3s)|mtu <number>|private|txqueuelen <number>|type ipvlan|up|vepa))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Dummy: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|mtu <number>|name <name>|txqueuelen <number>|type dummy|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mtu <number>|txqueuelen <number>|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Vrf: [
    { tool: "ip", args: "(-n <name> )?link add( (address <mac>|mtu <number>|name <name>|table <number>|txqueuelen <number>|type vrf|up))*" },
    { tool: "ip", args: "(-n <name> )?link del( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?link set( (address <mac>|alias (<name>)?|dev <name>|down|mtu <number>|table <number>|txqueuelen <number>|type vrf|up))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  VrfPort: [
    { tool: "ip", args: "(-n <name> )?link set( (dev <name>|master <name>|nomaster))*" },
    { tool: "ip", args: "-n <name> -j -d link show( dev <name>)*" },
  ],
  Neighbour: [
    { tool: "ip", args: "(-n <name> )?neigh del <ip>( dev <name>)*" },
    { tool: "ip", args: "(-n <name> )?neigh replace <ip>( (dev <name>|lladdr <mac>|nud permanent))*" },
    { tool: "ip", args: "-n <name> -j -[46] neigh show( (dev <name>|to <ip>))*" },
  ],
  NeighbourTable: [
    { tool: "ip", args: "-n <name> -j neigh show( dev <name>)*" },
  ],
  FdbEntry: [
    { tool: "bridge", args: "(-n <name> )?fdb add <mac>( (dev <name>|dst <ip>|master|permanent|self|static|vlan <number>))*" },
    { tool: "bridge", args: "(-n <name> )?fdb append <mac>( (dev <name>|dst <ip>|master|permanent|self|static|vlan <number>))*" },
    { tool: "bridge", args: "(-n <name> )?fdb del <mac>( (dev <name>|dst <ip>|master|self|vlan <number>))*" },
    { tool: "bridge", args: "(-n <name> )?fdb replace <mac>( (dev <name>|dst <ip>|master|permanent|self|static|vlan <number>))*" },
    { tool: "bridge", args: "-n <name> -j fdb show( dev <name>)*" },
  ],
};
