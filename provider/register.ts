import { createHash } from "node:crypto";
import type { Argv } from "./kind.js";

/** What the host's register says of an object: who made it, and what was found there before. */
export interface Claim {
  /** Project, stack and resource. */
  owner: string;
  /** Others who want it just so: it goes back to what was found when the last of them lets go. */
  also?: string[];
  /** The object as it was found, where it was not made but taken over. */
  found?: Record<string, unknown>;
}

const holders = ({ owner, also = [] }: Claim) => [owner, ...also];

/** Whether somebody is among those who claim it. */
export function holds(claim: Claim | undefined, owner: string): boolean {
  return claim !== undefined && holders(claim).includes(owner);
}

/** Those who claim it besides one, as words; undefined where there are none. */
export function others(claim: Claim | undefined, owner: string): string | undefined {
  return (claim && holders(claim).filter((o) => o !== owner).join(", ")) || undefined;
}

/** The claim with one more who holds it. */
export function joined(claim: Claim, owner: string): Claim {
  return { ...claim, also: [...(claim.also ?? []), owner] };
}

/** The claim with one holder under another name, or without one; undefined where nobody is left. */
export function replaced(claim: Claim, owner: string, by?: string): Claim | undefined {
  const [first, ...rest] = holders(claim).flatMap((o) => (o !== owner ? [o] : by === undefined ? [] : [by]));
  return first === undefined ? undefined : { owner: first, ...(rest.length > 0 && { also: rest }), found: claim.found };
}

/** A file name has 255 bytes at most. */
const NAME_BYTES = 200;

/** The file of an object in the register. */
export function claimFile(object: string): string {
  const name = encodeURIComponent(object).replaceAll("%20", "+");
  return name.length <= NAME_BYTES ? name : `${name.slice(0, NAME_BYTES - 33)}-${createHash("sha256").update(object).digest("hex").slice(0, 32)}`;
}

export const showClaim = (object: string): Argv => ["linuxnet_claimed", claimFile(object)];
/** Fails where the register no longer says what it said when it was looked at, so that of two who claim at once one is told. */
export const claim = (object: string, content: Claim, was = ""): Argv => ["linuxnet_claim", claimFile(object), JSON.stringify(content), was];
export const unclaim = (object: string): Argv => ["linuxnet_unclaim", claimFile(object)];

/** Reads what `showClaim` printed. */
export function readClaim(text: string): Claim | undefined {
  return text.trim() ? (JSON.parse(text) as Claim) : undefined;
}
