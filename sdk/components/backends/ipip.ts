import * as pulumi from "@pulumi/pulumi";
import { family } from "../../../provider/fields.js";
import { Ipip } from "../../ipip.js";
import { Sit } from "../../sit.js";
import { addresses } from "../parts.js";
import { hostLength, nth } from "../subnet.js";
import type { Backend, Site } from "./backend.js";

/**
 * IP packets in IPv4 packets, 20 bytes more each: IPv4 by ipip (RFC 2003), IPv6 by sit (RFC 4213). One tunnel a host and family,
 * without a far end: each packet goes to the host that is the next hop of its route, so a host that comes or goes is an entry of
 * the routes and nothing else (flannel's ipip). The modules' own `tunl0` and `sit0` are left alone.
 */
export const ipip: Backend<Ipip | Sit> = {
  overhead: { 4: 20 },
  subnets: [4, 6],
  carry: (site) => {
    const made = site.subnets.map((subnet) => ({ family: family(subnet), ...tunnel(site, subnet) }));
    return { tunnel: made[0]!.tunnel, devs: Object.fromEntries(made.map((m) => [m.family, m.tunnel.name])), ready: made.flatMap((m) => [m.tunnel, ...m.addresses]) };
  },
  hop: (_site, { devs }, other, subnet) => ({
    // sit reads the other host out of an IPv4-compatible next hop (RFC 4291, 2.5.5.1).
    via: family(subnet) === 6 ? pulumi.interpolate`::${other.underlay}` : other.underlay,
    dev: devs![family(subnet)]!,
  }),
};

/** The tunnel of a family, with its own address. */
function tunnel(site: Site, subnet: string) {
  const { node, host, underlay, mtu, named, child } = site;
  const of = family(subnet);
  const own = { host, local: underlay, mtu };
  const made = of === 6 ? new Sit(named("tunnel6"), { ...own, name: `tun${node.name}six` }, child()) : new Ipip(named("tunnel"), { ...own, name: `tun${node.name}` }, child());
  const address = (of === 4 && node.tunnel) || `${nth(subnet, 0)}/${hostLength(subnet)}`;
  return { tunnel: made, addresses: addresses(site, "tunnel-address", { dev: made.name }, [address]) };
}
