import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { family, ifname, network } from "../../provider/fields.js";
import { FirewallRule, type FirewallRuleArgs } from "../firewall-rule.js";
import type { Host } from "../host.js";
import { plainValues, problemsError } from "../problems.js";
import { Sysctl } from "../sysctl.js";
import { checked } from "./checked.js";
import { accept } from "./firewall.js";
import { forwarding } from "./forwarding.js";
import { inFamily, ownAddress, placeOf } from "./parts.js";
import { addressesLike, cidrsLike, oneAFamily, port } from "./shapes.js";
import { prefixLength } from "./subnet.js";

export interface PortForwardArgs {
  /** The host whose port it is. */
  host: Host;
  /** The host's port, 1 to 65535. */
  port: number;
  /** `tcp` or `udp`. Default: tcp. */
  protocol?: "tcp" | "udp";
  /** Where it leads: an address with the length of its network's prefix, or one of each family: 10.244.1.2/24, fd00:244:1::2/64. */
  to: string | string[];
  /** Port there. Default: `port`. */
  toPort?: number;
  /** The host's link that leads there: its end of a veth pair, or a bridge. */
  dev: pulumi.Input<string>;
  /** Addresses of the host at which the port is taken, one a family. Default: those of its uplink. */
  address?: string | string[];
  /** Whether the port leads there for programs on the host itself too, by its address and by 127.0.0.1; the kernel forwards nothing of ::1. Default: true. */
  fromHost?: boolean;
  /** Whether it does for what is in the network of `to`, also for what answers there itself; that then sees the host's address as the client's. Default: true. */
  hairpin?: boolean;
  /** Whether the host gets rules, first in FORWARD, that let through what comes by the port and the answers; needed where the policy of FORWARD is drop, as Docker sets it. Default: true. */
  acceptForward?: boolean;
}

const shape = {
  port,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  to: cidrsLike("10.244.1.2/24"),
  toPort: port.optional(),
  dev: ifname,
  address: addressesLike("192.168.32.245").optional(),
  fromHost: z.boolean().default(true),
  hairpin: z.boolean().default(true),
  acceptForward: z.boolean().default(true),
};

type Checked = Required<Omit<PortForwardArgs, "host" | "dev" | "address" | "toPort">> & { address?: string | string[]; toPort?: number };

/** Where one family's connections go. */
interface Target {
  of: 4 | 6;
  to: string;
  network: string;
}

/**
 * A port of a host that leads to a service behind it, in a namespace or a container: what comes to the host's own address and that port goes there instead
 * (DNAT), from outside, from programs on the host, and from the service's own network. Connections to other addresses that pass the host are left alone.
 *
 * Programs on the host meet no PREROUTING, so there is a rule in OUTPUT for them. For 127.0.0.1 the link to the service gets `route_localnet` as well, and a rule that
 * keeps others on that link from reaching what listens on the host's 127.0.0.1 alone (CVE-2020-8558).
 *
 * Equivalent to: `iptables -t nat -A PREROUTING -d ADDRESS -p tcp --dport PORT -j DNAT --to TO:PORT`, the same in OUTPUT, and what answers need to come back.
 */
export class PortForward extends pulumi.ComponentResource {
  /** The host's addresses with the port, as a client says them: 192.168.32.245:8090, [fd00:32::245]:8090. */
  readonly endpoints: pulumi.Output<string>[];

  constructor(name: string, args: PortForwardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:PortForward", name, {}, opts);
    const { host, ...own } = args;
    const wanted = checked<Checked>(`PortForward ${name}`, shape, plainValues(own) as Record<string, unknown>, conflicts);
    if (conflicts(wanted).length > 0) throw problemsError(); // Two of a family would be of one name.
    const given = [wanted.address ?? []].flat();
    this.endpoints = [wanted.to].flat().map((cidr) => {
      const target = { of: family(cidr), to: cidr.split("/")[0]!, network: `${network(cidr)}/${prefixLength(cidr)}` };
      const address = given.find((a) => family(a) === target.of) ?? ownAddress(`PortForward ${name}`, host, target.of, "to take the port at");
      this.forward(name, args, wanted, target, address);
      return pulumi.output(address).apply((a) => `${target.of === 6 ? `[${a}]` : a}:${wanted.port}`);
    });
    this.registerOutputs({ endpoints: this.endpoints });
  }

  private forward(name: string, { host, dev }: PortForwardArgs, { protocol, port, toPort = port, fromHost, hairpin, acceptForward }: Checked, { of, to, network }: Target, address: pulumi.Input<string>): void {
    const place = placeOf(this, host, name);
    const rule = (what: string, args: Omit<FirewallRuleArgs, "host">) => new FirewallRule(place.named(inFamily(what, of)), { host, family: of, ...args }, place.child());
    const taken = { protocol, destinationPorts: port };
    const passed = { protocol, destination: to, destinationPorts: toPort, outInterface: dev };
    const dnat = { table: "nat", target: "dnat", to, toPorts: toPort } satisfies Partial<FirewallRuleArgs>;
    const masquerade = { ...passed, table: "nat", chain: "POSTROUTING", ctstate: ["dnat"], target: "masquerade" } satisfies Partial<FirewallRuleArgs>;
    forwarding(host, of);
    rule("in", { ...taken, ...dnat, chain: "PREROUTING", destination: address });
    if (hairpin) rule("hairpin", { ...masquerade, source: network });
    if (acceptForward) accept(place, of, { protocol, source: to, sourcePorts: toPort, inInterface: dev, ctstate: ["established", "related"] }, passed);
    if (!fromHost) return;
    rule("out", { ...taken, ...dnat, chain: "OUTPUT", destination: address });
    if (of === 6) return;
    const closed = rule("loopback-closed", { table: "raw", chain: "PREROUTING", inInterface: dev, destination: LOOPBACK, target: "drop" });
    new Sysctl(place.named("route-localnet"), { host, key: pulumi.interpolate`net/ipv4/conf/${dev}/route_localnet`, value: 1 }, place.child(closed));
    rule("loopback", { ...taken, ...dnat, chain: "OUTPUT", destination: LOOPBACK });
    rule("loopback-back", { ...masquerade, source: LOOPBACK });
  }
}

/** The host's own addresses that nobody else can have (RFC 1122, 3.2.1.3). */
const LOOPBACK = "127.0.0.0/8";

/** More than one address of a family, and addresses of a family that leads nowhere. */
function conflicts({ to, address = [] }: Checked) {
  const [targets, own] = [[to].flat(), [address].flat()];
  const astray = own.filter((a) => !targets.map(family).includes(family(a)));
  return [...oneAFamily("to", targets), ...oneAFamily("address", own), ...astray.map((a) => ({ property: "address", reason: `${a} is of IPv${family(a)}, and \`to\` has no address of that family` }))];
}
