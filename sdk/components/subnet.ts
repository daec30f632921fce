import ipaddr from "ipaddr.js";
import { family, network } from "../../provider/fields.js";

/** The address of a subnet that is `n` after its first. */
export function nth(subnet: string, n: number): string {
  const bytes = ipaddr.parse(network(subnet)).toByteArray();
  for (let i = bytes.length - 1, carry = n; carry > 0 && i >= 0; i--) {
    const sum = bytes[i]! + carry;
    bytes[i] = sum & 0xff;
    carry = sum >> 8;
  }
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** The length of a subnet's prefix. */
export function prefixLength(subnet: string): number {
  return Number(subnet.split("/")[1]);
}

/** The length of a prefix that is one address. */
export function hostLength(subnet: string): number {
  return family(subnet) === 6 ? 128 : 32;
}
