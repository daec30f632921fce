import ipaddr from "ipaddr.js";

interface Parsed {
  value: bigint;
  length: number;
  bits: number;
}

const parsed = new Map<string, Parsed>();

/** An address or prefix as a number: a walk compares the same few very often. */
function parse(text: string): Parsed {
  const known = parsed.get(text);
  if (known) return known;
  const [address, length] = text.split("/");
  const bytes = ipaddr.parse(address!).toByteArray();
  const bits = bytes.length * 8;
  const made = { value: bytes.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n), bits, length: length === undefined ? bits : Number(length) };
  parsed.set(text, made);
  return made;
}

/** Whether an address lies in a prefix. */
export function inSubnet(address: string, prefix: string): boolean {
  const [a, p] = [parse(address), parse(prefix)];
  const rest = BigInt(p.bits - p.length);
  return a.bits === p.bits && a.value >> rest === p.value >> rest;
}

/** How many bits two addresses have in common at their beginning. */
export function commonBits(a: string, b: string): number {
  const [x, y] = [parse(a), parse(b)];
  const different = x.value ^ y.value;
  return x.bits - (different === 0n ? 0 : different.toString(2).length);
}
