import type { Kind } from "./kind.js";
import { address } from "./kinds/address.js";
import { bridgePort } from "./kinds/bridge-port.js";
import { bridge } from "./kinds/bridge.js";
import { containerNamespace } from "./kinds/container-namespace.js";
import { fdbEntry } from "./kinds/fdb-entry.js";
import { ipip } from "./kinds/ipip.js";
import { linkFeature } from "./kinds/link-feature.js";
import { linkState } from "./kinds/link-state.js";
import { neighbour } from "./kinds/neighbour.js";
import { networkNamespace } from "./kinds/network-namespace.js";
import { route } from "./kinds/route.js";
import { service } from "./kinds/service.js";
import { sysctl } from "./kinds/sysctl.js";
import { unmanagedLinks } from "./kinds/unmanaged-links.js";
import { vethPair } from "./kinds/veth-pair.js";
import { vxlan } from "./kinds/vxlan.js";

/** Every kind of kernel object, one line each. */
const registry = {
  NetworkNamespace: networkNamespace,
  ContainerNamespace: containerNamespace,
  VethPair: vethPair,
  Bridge: bridge,
  BridgePort: bridgePort,
  LinkState: linkState,
  LinkFeature: linkFeature,
  Address: address,
  Route: route,
  Sysctl: sysctl,
  Service: service,
  Vxlan: vxlan,
  Ipip: ipip,
  Neighbour: neighbour,
  FdbEntry: fdbEntry,
  UnmanagedLinks: unmanagedLinks,
} as const;

/** The kinds that a program can also declare many of as one resource. */
export const sets = { Routes: "Route", Neighbours: "Neighbour", FdbEntries: "FdbEntry" } as const satisfies Record<string, keyof typeof registry>;

export type SetName = keyof typeof sets;
export type KindName = keyof typeof registry;

/** The kinds by name, for code that is the same for all of them. */
export const kinds = registry as unknown as Readonly<Record<KindName, Kind>>;

/** The commands that some kind needs besides those that every host has. */
export const tools = [...new Set(Object.values(kinds).flatMap((kind) => Object.keys(kind.tools ?? {})))].sort();
