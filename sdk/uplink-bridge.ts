import * as pulumi from "@pulumi/pulumi";
import type { uplinkBridgeShape } from "../provider/kinds/uplink-bridge.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface UplinkBridgeArgs extends Omit<ArgsOf<typeof uplinkBridgeShape>, "uplink">, Omit<KernelObjectArgs, "adopt"> {
  /** The link that becomes its port. Default: the host's uplink. */
  uplink?: pulumi.Input<string>;
}

export interface UplinkBridge extends OutputsOf<typeof uplinkBridgeShape> {
  /** Index that the kernel gave the bridge; another one each time it is made. Wire resources by `name`, which previews know. */
  readonly ifindex: pulumi.Output<number>;
  /** MAC address, which is the uplink's. */
  readonly mac: pulumi.Output<string>;
  /** MTU in bytes, which is the uplink's. */
  readonly mtu: pulumi.Output<number>;
  /** The forwarding database as it was last looked at, by an update or a refresh: which MAC address is behind which port, the bridge's own (`permanent`) or `learned`. No diff comes of it. */
  readonly fdb: pulumi.Output<{ mac: string; dev: string; vlan?: number; state: string }[]>;
  /** The spanning tree as it was last looked at: whether it runs, the bridge's own identifier and the root's, and each port's state. */
  readonly stp: pulumi.Output<{ enabled: boolean; bridgeId: string; rootId: string; rootPathCost: number; ports: { dev: string; state: string; cost: number }[] }>;
}

/**
 * A bridge that takes the host's uplink as a port, with all that made the uplink the host's: its addresses, routes of both families with
 * metrics and next hops, permanent neighbours, settings, the tunnels that send by it, and its MAC address. It has no spanning tree and no forward
 * delay, as a port that listens first would keep the host off the net. One guarded step: the host takes it back unless a new SSH
 * connection comes in by the bridge. What is wired to `host.uplink` lives on the bridge then. Deleting it moves everything back.
 *
 * Rules of the firewall and of policy routing that name the uplink are left as they are. A program that manages the uplink
 * (systemd-networkd, NetworkManager, a DHCP client) would take the move back: that is an error, which says what to do.
 *
 * Equivalent to: `ip link add name NAME address MAC type bridge stp_state 0 forward_delay 0`, `ip link set dev UPLINK master NAME`, and
 * `ip addr del … dev UPLINK`, `ip addr add … dev NAME`, `ip route append … dev NAME` for each; on delete the same the other way round.
 */
export class UplinkBridge extends KernelObject {
  constructor(name: string, args: UplinkBridgeArgs, opts?: pulumi.CustomResourceOptions) {
    super("UplinkBridge", name, { ...args, uplink: args.uplink ?? args.host?.ownUplink } as KernelObjectArgs, opts);
    args.host?.bridgedBy(this, args.name);
  }
}
