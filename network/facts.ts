import type { Facts } from "../provider/host/facts.js";
import type { Foreign } from "./network.js";

/** What is known of a host besides what is declared on it. */
export interface HostFacts extends Partial<Pick<Facts, "uplink" | "mtu" | "mac" | "address" | "prefix" | "gateway" | "address6" | "prefix6" | "gateway6">> {
  /** Whether nothing is on it besides what is said here, and declared: a missing route is missing then, not unknown. Default: false. */
  complete?: boolean;
  /** What decides on packets there, where it is known. */
  ground?: Ground;
}

/** Settings and rules of a host's own namespace that decide what becomes of packets, and that nobody declared. */
export interface Ground {
  /** Settings by their path below /proc/sys. */
  sysctls: Record<string, string>;
  /** Those that a new namespace has there. */
  inherited: Record<string, string>;
  /** By family, table and chain: `4 filter FORWARD`; undefined where they could not be listed. */
  foreign?: Record<string, Foreign>;
}
