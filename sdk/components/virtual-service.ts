import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { family } from "../../provider/fields.js";
import { backends } from "../../provider/netfilter/backend.js";
import { chainName } from "../../provider/netfilter/rule.js";
import { FirewallChain } from "../firewall-chain.js";
import { FirewallRule } from "../firewall-rule.js";
import type { Host } from "../host.js";
import { balance, serviceConflicts, translate, type Target } from "./balance.js";
import { checked } from "./checked.js";
import { forwarding } from "./forwarding.js";
import { inFamily, placeOf } from "./parts.js";
import { addressesLike, port } from "./shapes.js";
import { subnet } from "./subnet.js";

/** One of those who answer behind a virtual address. */
export interface VirtualServiceEndpoint {
  /** Its own address, one or one of each family: 172.245.0.2, fd00:245::2. */
  address: string | string[];
  /** Port on which it listens. Default: the service's. */
  port?: number;
  /** How many connections it gets in proportion to the others, 1 to 65535. Default: 1. */
  weight?: number;
}

export interface VirtualServiceArgs {
  /** The hosts that send connections on: their own, and those of whoever has one of them as gateway. */
  hosts: Host[];
  /** The virtual address, one or one of each family: 10.96.0.80, fd00:10:96::80. No link has it; a client needs a route towards a host, the default one for instance. */
  address: string | string[];
  /** Port that clients connect to, 1 to 65535. */
  port: number;
  /** `tcp` or `udp`. Default: tcp. */
  protocol?: "tcp" | "udp";
  /** Who answers. An endpoint that is left out gets no new connection from then on, and those that it has are forgotten; those of others go on. With none, clients are refused at once. */
  endpoints: VirtualServiceEndpoint[];
  /** Networks of the endpoints and their clients, of each of which a host has one bridge: 172.245.0.0/24. A client keeps its address towards endpoints in another of them; else an endpoint sees that of the host. Default: none, so it always sees the host's. */
  subnets?: string[];
  /** Whether each host gets a rule, first in FORWARD, that lets these connections through; needed where the policy of FORWARD is drop, as Docker sets it. Default: false. */
  acceptForward?: boolean;
  /** Name of its chain in the table nat, 1 to 23 bytes; that of a second one has `-masq` after it. Default: `svc-` and the name of the resource. */
  chain?: string;
  /** What netfilter is told by: `iptables-nft`, `iptables-legacy`, `iptables` or `nft`, as for a FirewallRule. Default: what works on each host. */
  backend?: (typeof backends)[number];
}

const addresses = addressesLike("10.96.0.80");

const shape = {
  address: addresses,
  port,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  endpoints: z.array(z.strictObject({ address: addresses, port: port.optional(), weight: z.number().int().min(1).max(65_535).default(1) })),
  subnets: z.array(subnet).default([]),
  acceptForward: z.boolean().default(false),
  chain: chainName.refine((v) => Buffer.byteLength(v) <= 23, { error: (issue) => `${JSON.stringify(issue.input)} has more than 23 bytes, which with \`-masq\` is too long for a chain` }),
  backend: z.enum(backends).optional(),
};

type Checked = Required<Omit<VirtualServiceArgs, "hosts" | "backend">> & Pick<VirtualServiceArgs, "backend">;

/**
 * A virtual address whose connections go to one of several back-ends, by chance: what kube-proxy makes of a Kubernetes service. Every host has the same rules of netfilter and
 * decides on the first packet of a connection; no packet takes a detour. A back-end reaches the service as well, also where it is itself the one that answers.
 *
 * Who comes from outside of `subnets`, the hosts themselves included, and who is in the subnet of the endpoint, gets the host's address towards the endpoint. Taking an endpoint
 * in or out changes one chain a host and family, in one step. Rules in FORWARD that let the clients' packets pass whatever their destination (`acceptForward` of an overlay)
 * must be there first, or clients of a service without endpoints are not refused: name what makes them in `dependsOn`.
 */
export class VirtualService extends pulumi.ComponentResource {
  /** Its addresses, one a family. */
  readonly addresses: string[];

  constructor(name: string, args: VirtualServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("linuxnet:index:VirtualService", name, {}, opts);
    const { hosts, ...own } = args;
    const wanted = checked<Checked>(`VirtualService ${name}`, shape, { ...own, chain: own.chain ?? `svc-${name}` }, (args) => serviceConflicts(hosts, args));
    this.addresses = [wanted.address].flat();
    for (const host of hosts) for (const address of this.addresses) this.serve(name, host, address, wanted, opts?.dependsOn);
    this.registerOutputs({ addresses: this.addresses });
  }

  /** What one host does with connections to one of the addresses. */
  private serve(service: string, host: Host, address: string, { protocol, port, endpoints, subnets, acceptForward, chain, backend }: Checked, after: pulumi.CustomResourceOptions["dependsOn"]): void {
    const of = family(address);
    const place = placeOf(this, host, service, host.logicalName);
    const named = (what: string) => place.named(inFamily(what, of));
    const rule = { host, family: of, backend, position: "first" } as const;
    const sent = { protocol, destination: address, destinationPorts: port };
    const made = { protocol, originalDestination: address, originalPort: port };
    const targets = endpoints.flatMap((e) => [e.address].flat().filter((a) => family(a) === of).map((a): Target => ({ address: a, port: e.port ?? port, weight: e.weight! })));
    const nat = { host, family: of, backend, table: "nat" } as const;
    forwarding(host, of);
    const choice = new FirewallChain(named("balance"), { ...nat, name: chain, rules: balance(sent, targets) }, place.child());
    for (const [what, hook] of [["from-others", "PREROUTING"], ["from-host", "OUTPUT"]] as const) {
      new FirewallRule(named(what), { ...rule, ...nat, chain: hook, ...sent, target: "jump", toChain: choice.name }, place.child());
    }
    const source = new FirewallChain(named("translate"), { ...nat, name: `${chain}-masq`, rules: translate(made, subnets.filter((s) => family(s) === of)) }, place.child());
    new FirewallRule(named("masquerade"), { ...rule, ...nat, chain: "POSTROUTING", ...made, target: "jump", toChain: source.name }, place.child());
    const ordered = { parent: this, dependsOn: after };
    if (acceptForward) new FirewallRule(named("accept"), { ...rule, chain: "FORWARD", ...made, ctstate: ["dnat"], target: "accept" }, ordered);
    // What still has this destination here, no endpoint was chosen for.
    new FirewallRule(named("refuse-others"), { ...rule, chain: "FORWARD", ...sent, target: "reject" }, ordered);
    // No answer of the host's to an SSH client goes to this port of this address.
    new FirewallRule(named("refuse-host"), { ...rule, chain: "OUTPUT", ...sent, target: "reject", guard: false }, ordered);
  }
}
