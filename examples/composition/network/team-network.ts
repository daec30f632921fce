import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";

export interface TeamNetworkArgs {
  hosts: linuxnet.Host[];
  backend?: linuxnet.OverlayBackend;
}

/** What another stack needs to know of a place in the network. */
export interface Place {
  netns: string;
  address: string;
}

/** What a team calls its network: an overlay of linuxnet, what the team wants besides on each host, and names of its own. */
export class TeamNetwork extends pulumi.ComponentResource {
  readonly overlay: linuxnet.Overlay;
  readonly places: pulumi.Output<Place[]>;

  constructor(name: string, { hosts, backend = "vxlan" }: TeamNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("acme:network:TeamNetwork", name, {}, opts);
    const nodes = hosts.map((host, i) => ({ host, name: `${name}${i + 1}`, subnet: `10.42.${i + 1}.0/24` }));
    this.overlay = new linuxnet.Overlay(name, { backend, nodes, masquerade: true }, { parent: this });
    // The team's own: web servers in the namespaces may have low ports without being root.
    for (const node of this.overlay.nodes) {
      new linuxnet.Sysctl(`${name}-ports-${node.host.logicalName}`, { host: node.host, netns: node.namespace.name, key: "net.ipv4.ip_unprivileged_port_start", value: 80 }, { parent: this });
    }
    this.places = pulumi.all(this.overlay.nodes.map((node) => node.namespace.name.apply((netns) => ({ netns, address: node.addresses[0]! }))));
    this.registerOutputs({ places: this.places });
  }
}
