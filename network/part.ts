import type { Address, FdbEntry, Link, Listener, Match, Neighbour, Port, Route, Rule } from "./network.js";

type In<T> = Omit<T, "by"> & { netns?: string | undefined };

/** What a resource means for the network: one fact, in the namespace named, or else in the host's own. */
export type Part =
  /** A namespace with nothing in it but what is declared, or one (`open`) that somebody else made. */
  | { is: "namespace"; netns: string; open: boolean }
  | ({ is: "link" } & In<Link>)
  /** What a link that is there is given. */
  | { is: "state"; netns?: string | undefined; dev: string; up?: boolean | undefined; mtu?: number | undefined; mac?: string | undefined }
  | ({ is: "port"; dev: string } & In<Port>)
  /** A bridge that takes the uplink, and all that it has, as its port. */
  | { is: "uplinkBridge"; name: string; uplink: string }
  | ({ is: "address" } & In<Address>)
  | ({ is: "route" } & In<Route>)
  | ({ is: "rule" } & In<Rule>)
  | ({ is: "neighbour" } & In<Neighbour>)
  | ({ is: "fdb" } & In<FdbEntry>)
  | { is: "sysctl"; netns?: string | undefined; path: string; value: string }
  /** Rules of a chain; those of `chain` that are not of one resource alone are told one by one. */
  | { is: "rules"; netns?: string | undefined; backend: string; family: 4 | 6; table: string; chain: string; rules: Omit<Match, "by">[] }
  | { is: "policy"; netns?: string | undefined; backend: string; family: 4 | 6; table: string; chain: string; policy: "accept" | "drop" }
  | ({ is: "listener" } & In<Listener>)
  /** Something whose effect on packets is not modelled. */
  | { is: "unknown"; netns?: string | undefined; what: string };

/** A part, and whose it is. */
export interface Declared {
  host: string;
  by: string;
  part: Part;
}
