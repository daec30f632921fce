import { protocols } from "../../provider/netfilter/words.js";

/** The number of a protocol inside IP. */
export function protocolNumber(protocol: string, of: 4 | 6): number | undefined {
  return protocols[(protocol === "icmp" && of === 6 ? "icmpv6" : protocol) as keyof typeof protocols];
}
