import type { Kind } from "./kind.js";
import { address } from "./kinds/address.js";
import { bootPersistence } from "./kinds/boot-persistence.js";
import { bridgePort } from "./kinds/bridge-port.js";
import { bridge } from "./kinds/bridge.js";
import { containerNamespace } from "./kinds/container-namespace.js";
import { dummy } from "./kinds/dummy.js";
import { fdbEntry } from "./kinds/fdb-entry.js";
import { geneve } from "./kinds/geneve.js";
import { gre } from "./kinds/gre.js";
import { gretap } from "./kinds/gretap.js";
import { ip6gre } from "./kinds/ip6gre.js";
import { ip6gretap } from "./kinds/ip6gretap.js";
import { ip6tnl } from "./kinds/ip6tnl.js";
import { firewallChain } from "./kinds/firewall-chain.js";
import { firewallPolicy } from "./kinds/firewall-policy.js";
import { firewallRule } from "./kinds/firewall-rule.js";
import { ipip } from "./kinds/ipip.js";
import { ipvlan } from "./kinds/ipvlan.js";
import { linkFeature } from "./kinds/link-feature.js";
import { linkState } from "./kinds/link-state.js";
import { macvlan } from "./kinds/macvlan.js";
import { macvtap } from "./kinds/macvtap.js";
import { neighbour } from "./kinds/neighbour.js";
import { neighbourTable } from "./kinds/neighbour-table.js";
import { networkNamespace } from "./kinds/network-namespace.js";
import { reachability } from "./kinds/reachability.js";
import { route } from "./kinds/route.js";
import { rule } from "./kinds/rule.js";
import { service } from "./kinds/service.js";
import { sit } from "./kinds/sit.js";
import { sysctl } from "./kinds/sysctl.js";
import { unmanagedLinks } from "./kinds/unmanaged-links.js";
import { uplinkBridge } from "./kinds/uplink-bridge.js";
import { vethPair } from "./kinds/veth-pair.js";
import { vlan } from "./kinds/vlan.js";
import { vrfPort } from "./kinds/vrf-port.js";
import { vrf } from "./kinds/vrf.js";
import { vxlan } from "./kinds/vxlan.js";
import { wireGuard } from "./kinds/wireguard.js";

/** Every kind of kernel object, one line each. */
const registry = {
  NetworkNamespace: networkNamespace,
  ContainerNamespace: containerNamespace,
  VethPair: vethPair,
  Bridge: bridge,
  BridgePort: bridgePort,
  UplinkBridge: uplinkBridge,
  LinkState: linkState,
  LinkFeature: linkFeature,
  Address: address,
  Route: route,
  Rule: rule,
  Sysctl: sysctl,
  Service: service,
  Vxlan: vxlan,
  Ipip: ipip,
  Sit: sit,
  Gre: gre,
  Gretap: gretap,
  Ip6Tnl: ip6tnl,
  Ip6Gre: ip6gre,
  Ip6Gretap: ip6gretap,
  Geneve: geneve,
  Vlan: vlan,
  Macvlan: macvlan,
  Macvtap: macvtap,
  Ipvlan: ipvlan,
  Dummy: dummy,
  Vrf: vrf,
  VrfPort: vrfPort,
  WireGuard: wireGuard,
  Neighbour: neighbour,
  NeighbourTable: neighbourTable,
  FdbEntry: fdbEntry,
  UnmanagedLinks: unmanagedLinks,
  FirewallRule: firewallRule,
  FirewallChain: firewallChain,
  FirewallPolicy: firewallPolicy,
  BootPersistence: bootPersistence,
  Reachability: reachability,
} as const;

/** The kinds that a program can also declare many of as one resource. */
export const sets = { Routes: "Route", Neighbours: "Neighbour", FdbEntries: "FdbEntry" } as const satisfies Record<string, keyof typeof registry>;

export type SetName = keyof typeof sets;
export type KindName = keyof typeof registry;

/** The kinds by name, for code that is the same for all of them. */
export const kinds = registry as unknown as Readonly<Record<KindName, Kind>>;

/** The commands that some kind needs besides those that every host has. */
export const tools = [...new Set(Object.values(kinds).flatMap((kind) => Object.keys(kind.tools ?? {})))].sort();
