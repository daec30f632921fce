import type * as pulumi from "@pulumi/pulumi";
import type { Ipip } from "../ipip.js";
import type { Sit } from "../sit.js";
import type { Vxlan } from "../vxlan.js";
import { Overlay, type OverlayArgs } from "./overlay.js";

export interface VxlanOverlayArgs extends Omit<OverlayArgs, "backend"> {}

/** An [overlay](#overlay) by VXLAN: Ethernet frames in UDP, over any network that the hosts share. MTU: the uplink's less 50, or 70 over IPv6. */
export class VxlanOverlay extends Overlay<Vxlan> {
  constructor(name: string, args: VxlanOverlayArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { ...args, backend: "vxlan" }, opts, "VxlanOverlay");
  }
}

export interface HostGwOverlayArgs extends Omit<OverlayArgs, "backend" | "vni" | "dstport" | "checksumOffload"> {}

/** An overlay by plain routes: each host is the gateway to its subnet. The hosts must be on one network; nothing is encapsulated, and the MTU is the uplink's. */
export class HostGwOverlay extends Overlay<undefined> {
  constructor(name: string, args: HostGwOverlayArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { ...args, backend: "host-gw" }, opts, "HostGwOverlay");
  }
}

export interface IpipOverlayArgs extends Omit<OverlayArgs, "backend" | "vni" | "dstport" | "checksumOffload" | "underlay"> {}

/** An overlay by IP in IPv4, also across routers: IPv4 packets by ipip, IPv6 packets by sit. MTU: the uplink's less 20. */
export class IpipOverlay extends Overlay<Ipip | Sit> {
  constructor(name: string, args: IpipOverlayArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { ...args, backend: "ipip" }, opts, "IpipOverlay");
  }
}
