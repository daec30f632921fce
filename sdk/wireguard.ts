import * as pulumi from "@pulumi/pulumi";
import { publicKeyOf, type wireGuardShape } from "../provider/kinds/wireguard.js";
import { KernelObject, type KernelObjectArgs } from "./kernel-object.js";
import type { ArgsOf, LinkOutputs, OutputsOf } from "./types.js";

export interface WireGuardArgs extends ArgsOf<typeof wireGuardShape>, KernelObjectArgs {}

export interface WireGuard extends OutputsOf<typeof wireGuardShape>, LinkOutputs {
  /** Its public key. Wire peers by `wireGuardPublicKey`, which previews know. */
  readonly publicKey: pulumi.Output<string>;
}

/**
 * A WireGuard link: packets to its peers, encrypted, in UDP. Its private key and the preshared keys are secrets, whether the program says
 * so or not. By default its MTU is 1420.
 *
 * Equivalent to: `ip link add name NAME mtu MTU type wireguard`, `wg syncconf NAME /dev/stdin`, `ip link set dev NAME up`; in place
 * `wg syncconf`, which lets the sessions of unchanged peers be; on delete `ip link del dev NAME`.
 */
export class WireGuard extends KernelObject {
  constructor(name: string, args: WireGuardArgs, opts?: pulumi.CustomResourceOptions) {
    super("WireGuard", name, { ...args, privateKey: pulumi.secret(args.privateKey), ...(args.peers && { peers: concealed(args.peers) }) } as KernelObjectArgs, opts);
  }
}

/** The peers with their preshared keys as secrets. */
function concealed(peers: NonNullable<WireGuardArgs["peers"]>): pulumi.Input<unknown> {
  if (pulumi.Output.isInstance(peers) || peers instanceof Promise) return pulumi.output(peers).apply((known) => concealed(known as never));
  return Object.fromEntries(Object.entries(peers as Record<string, any>).map(([publicKey, peer]) => [publicKey, concealedPeer(peer)]));
}

function concealedPeer(peer: any): unknown {
  if (pulumi.Output.isInstance(peer) || peer instanceof Promise) return pulumi.output(peer).apply(concealedPeer);
  return peer?.presharedKey === undefined ? peer : { ...peer, presharedKey: pulumi.secret(peer.presharedKey) };
}

/**
 * The public key of a private one, as `wg pubkey` prints it: what the other ends name as their peer. It is no secret.
 * @throws when it is not a key.
 */
export function wireGuardPublicKey(privateKey: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.output(privateKey).apply(publicKeyOf));
}
