import { contextFor, declaredBy, Ends } from "../walk/context.js";
import { wireOf } from "../walk/tunnel.js";
import { BROADCAST } from "../walk/wire.js";
import { spacesOf, type Look } from "./finding.js";

/** One address at two places that hear each other's questions for neighbours: who is asked for it answers twice. */
export const addressTwice: Look = (network) => {
  const all = spacesOf(network).flatMap(({ at, place, ns }) => ns.addresses.filter((a) => a.by !== undefined).map((a) => ({ at, place, address: a, ip: a.address.split("/")[0]! })));
  return all.flatMap((one, i) =>
    all.slice(i + 1).filter((other) => other.ip === one.ip && hears(network, one, other)).map((other) => ({
      level: "error" as const,
      what: `${one.ip} is used twice on one segment: on ${one.address.dev} in ${one.place}, and on ${other.address.dev} in ${other.place}`,
      change: "give one of them another address",
      by: declaredBy(other.address, one.address),
    })),
  );
};

type End = { at: { host: string; netns: string }; address: { dev: string } };

/** Whether what one link asks all others reaches another. */
function hears(network: Parameters<Look>[0], from: End, to: End): boolean {
  if (from.at.host === to.at.host && from.at.netns === to.at.netns) return false;
  try {
    const { taken } = wireOf(contextFor(network)).send(from.at, from.address.dev, { src: "asks", dst: BROADCAST, size: 28, df: false });
    return taken.some((t) => t.at.host === to.at.host && t.at.netns === to.at.netns && t.link === to.address.dev);
  } catch (error) {
    if (error instanceof Ends) return false;
    throw error;
  }
}
