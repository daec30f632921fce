/** What a person asks for: packets of a protocol from a namespace to an address, and the answers. */
export interface Flow {
  host: string;
  /** Default: the host's own. */
  netns?: string | undefined;
  to: string;
  protocol: "icmp" | "tcp" | "udp";
  port?: number | undefined;
  /** Length of the packets with their IP header, in bytes. Default: 84, those of `ping`. */
  size?: number | undefined;
  /** Whether they may not be broken up. Default: false. */
  df?: boolean | undefined;
}

export interface Tuple {
  protocol: string;
  src: string;
  dst: string;
  sport: number;
  dport: number;
}

/** An IP packet on its way. */
export interface Packet extends Tuple {
  /** Whether it is the first of its connection, as its sender has it. */
  opens: boolean;
  size: number;
  df: boolean;
  ttl: number;
  mark: number;
  tracked?: Tracked | undefined;
}

/** A connection as a namespace tracks it. */
export interface Connection {
  original: Tuple;
  /** What its answers look like where they come in. */
  reply: Tuple;
  /** The ways in which its first packet has been looked at by the table nat. */
  translated: Set<"source" | "destination">;
}

/** A packet's part in a connection. */
export interface Tracked {
  connection?: Connection;
  state: "new" | "established" | "invalid";
  direction: "original" | "reply";
}

export const tupleOf = ({ protocol, src, dst, sport, dport }: Tuple): Tuple => ({ protocol, src, dst, sport, dport });

/** What answers a packet: the same with its ends exchanged. */
export const inverse = ({ protocol, src, dst, sport, dport }: Tuple): Tuple => ({ protocol, src: dst, dst: src, sport: dport, dport: sport });

export const same = (a: Tuple, b: Tuple): boolean => a.protocol === b.protocol && a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport;
