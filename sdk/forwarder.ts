import { ABI } from "../provider/index.js";

/**
 * The text that a resource's state keeps to find its provider by. Pulumi's dynamic providers run `handler()`; this one asks
 * the package that is installed where the program is, so the state holds no code and an update of the package is an update
 * of the provider. LINUXNET_PROVIDER names another one by its path.
 */
export function forwarder(type: string): string {
  return `exports.handler=()=>require("module").createRequire(process.cwd()+"/_")(process.env.LINUXNET_PROVIDER||"linuxnet/provider").provider(${JSON.stringify(type)},${ABI});`;
}

/** The type of a resource in Pulumi, by which the engine knows that the dynamic provider serves it. */
export function typeToken(type: string): string {
  return `pulumi-nodejs:dynamic/linuxnet:${type}`;
}
