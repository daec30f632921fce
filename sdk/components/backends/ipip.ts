import { Address } from "../../address.js";
import { Ipip } from "../../ipip.js";
import { hostLength, nth } from "../subnet.js";
import type { Backend } from "./backend.js";

/**
 * IPv4 packets in IPv4 packets (RFC 2003), 20 bytes more each. One tunnel a host, without a far end: each packet goes to the host
 * that is the next hop of its route, so a host that comes or goes is an entry of the routes and nothing else (flannel's ipip). The
 * module's own `tunl0` is left alone.
 */
export const ipip: Backend<Ipip> = {
  overhead: { 4: 20 },
  subnets: [4],
  carry: ({ node, host, subnets: [subnet], underlay, mtu, named, child }) => {
    const tunnel = new Ipip(named("tunnel"), { host, name: `tun${node.name}`, local: underlay, mtu }, child());
    const address = new Address(named("tunnel-address"), { host, dev: tunnel.name, address: node.tunnel ?? `${nth(subnet!, 0)}/${hostLength(subnet!)}` }, child());
    return { tunnel, ready: [tunnel, address] };
  },
  hop: (_site, { tunnel }, other) => ({ via: other.underlay, dev: tunnel.name }),
};
