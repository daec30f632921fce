import * as pulumi from "@pulumi/pulumi";
import { family } from "../../provider/fields.js";
import { Address } from "../address.js";
import type { Host } from "../host.js";
import { LinkState } from "../link-state.js";
import { NetworkNamespace } from "../network-namespace.js";
import { problem } from "../problems.js";
import { Route } from "../route.js";

/** Where a component makes its resources: what they are called, and whose children they are. */
export interface Place {
  host: Host;
  named(what: string): string;
  child(...dependsOn: pulumi.Resource[]): pulumi.CustomResourceOptions;
}

/** The place of a component, or of a part of it, on a host: `names` go before that of each resource. */
export function placeOf(parent: pulumi.Resource, host: Host, ...names: string[]): Place {
  return { host, named: (what) => [...names, what].join("-"), child: (...dependsOn) => ({ parent, dependsOn }) };
}

/** The address of a host's uplink of a family; an error that tells of `who` and what it is for where there is none. */
export function ownAddress(who: string, host: Host, of: 4 | 6, purpose: string): pulumi.Output<string> {
  return pulumi.all([of === 6 ? host.address6 : host.address, host.ssh, host.uplink]).apply(([address, ssh, uplink]) => {
    if (!address) throw problem(`${who}: ${ssh}: its uplink ${uplink} has no IPv${of} address ${purpose}`);
    return address;
  });
}

/** A link that is given addresses or routes. */
export interface On {
  netns?: pulumi.Input<string>;
  dev: pulumi.Input<string>;
}

/** What a resource of one family is called beside that of the other. */
export const inFamily = (what: string, of: 4 | 6) => (of === 6 ? `${what}6` : what);

/** A namespace in which the loopback link is up, so that what runs there reaches its own addresses: a new one, or one that is there. */
export function namespace({ host, named, child }: Place, name: string, existing?: pulumi.Input<string>): pulumi.Output<string> {
  const netns = pulumi.output(existing ?? new NetworkNamespace(named("namespace"), { host, name }, child()).name);
  new LinkState(named("lo"), { host, netns, dev: "lo", up: true }, child());
  return netns;
}

/** Gives a link its addresses, with the lengths of their prefixes; IPv6 ones are used at once. */
export function addresses({ host, named, child }: Place, what: string, on: On, list: string[], ...after: pulumi.Resource[]): Address[] {
  return list.map((address) => new Address(named(inFamily(what, family(address))), { host, ...on, address, nodad: family(address) === 6 ? true : undefined }, child(...after)));
}

/** Sends everything that a namespace has no other route for to the gateways, one a family. */
export function defaultRoutes({ host, named, child }: Place, on: On, gateways: string[], ...after: pulumi.Resource[]): Route[] {
  return gateways.map((via) => new Route(named(inFamily("default", family(via))), { host, ...on, dst: "default", via }, child(...after)));
}
