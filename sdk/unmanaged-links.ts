import * as pulumi from "@pulumi/pulumi";
import type { unmanagedLinksShape } from "../provider/kinds/unmanaged-links.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, OutputsOf } from "./types.js";

export interface UnmanagedLinksArgs extends ArgsOf<typeof unmanagedLinksShape>, KernelObjectArgs {}

export interface UnmanagedLinks extends OutputsOf<typeof unmanagedLinksShape> {}

/**
 * Tells systemd-networkd, systemd-udevd and NetworkManager, those that run and those that will, to leave links alone that they did not
 * make: drop-ins of their configuration, which those that run are made to read. Other drop-ins are not touched. Let what makes the
 * links depend on it (`dependsOn`), so that it comes first and goes last.
 *
 * At once: systemd-networkd lets go of the links (`Unmanaged=yes`), NetworkManager likewise (`unmanaged-devices`), and systemd-udevd
 * keeps its hands off the MAC addresses of links that are made from now on (`MACAddressPolicy=none`). At the next start of
 * systemd-networkd (`systemctl restart systemd-networkd`), which reads networkd.conf only then: it removes no more routes and rules that
 * it did not make, of any link (`ManageForeignRoutes=no`, `ManageForeignRoutingPolicyRules=no`). Where it takes an address of the uplink
 * away and adds it again (a changed .network file), the kernel still drops the routes that go by it.
 *
 * Equivalent to: files named `00-linuxnet-NAME.network`, `00-linuxnet-NAME.link` and `99-linuxnet-NAME.conf` in /run/systemd/network,
 * /run/systemd/networkd.conf.d and /run/NetworkManager/conf.d, then `networkctl reload`, `udevadm control --reload`,
 * `nmcli general reload conf`; on delete `rm` of these, and again.
 */
export class UnmanagedLinks extends KernelObject {
  constructor(name: string, args: UnmanagedLinksArgs, opts?: pulumi.CustomResourceOptions) {
    super("UnmanagedLinks", name, args, opts);
  }
}
