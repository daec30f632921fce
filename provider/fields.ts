import ipaddr from "ipaddr.js";
import { createHash } from "node:crypto";
import { z } from "zod";

/** A link's name holds 15 bytes: IFNAMSIZ (16) less the closing zero (linux/if.h). */
const IFNAME_BYTES = 15;

/** A text; `describe` says what is wrong with it. */
export function text(describe: (value: string) => string | undefined) {
  return z.string().superRefine((value, ctx) => {
    const message = describe(value);
    if (message) ctx.addIssue({ code: "custom", message });
  });
}

/** A link's name. */
export const ifname = text((v) => {
  const bytes = Buffer.byteLength(v);
  if (bytes === 0 || bytes > IFNAME_BYTES) return `"${v}" has ${bytes} bytes; a link's name has 1 to ${IFNAME_BYTES}`;
  if (v === "." || v === ".." || /[/:%\s\0]/.test(v) || v.startsWith("-")) return `"${v}" is not a link's name: no "/", ":", "%", blanks or leading "-"`;
  return undefined;
});

/** The name of a network namespace, as `ip netns` lists it. */
export const netnsName = text((v) => {
  const bytes = Buffer.byteLength(v);
  if (bytes === 0 || bytes > 255) return `"${v}" has ${bytes} bytes; a namespace's name has 1 to 255`;
  if (v === "." || v === ".." || /[/\s\0]/.test(v) || v.startsWith("-")) return `"${v}" is not a namespace's name: no "/", blanks or leading "-"`;
  return undefined;
});

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** The MAC address of one interface: not a group address, not all zero. */
export const mac = text((v) => {
  if (!MAC.test(v)) return `"${v}" is not a MAC address such as 02:00:5e:10:00:01`;
  if (parseInt(v.slice(0, 2), 16) & 1) return `"${v}" is a group address; an interface needs an individual one (first byte even)`;
  return /^0+$/.test(v.replaceAll(":", "")) ? `"${v}" is all zero` : undefined;
}).transform((v) => v.toLowerCase());

/** Any MAC address, also a group's or all zero. */
export const anyMac = text((v) => (MAC.test(v) ? undefined : `"${v}" is not a MAC address such as 02:00:5e:10:00:01`)).transform((v) => v.toLowerCase());

/** An MTU in bytes: 68 is IPv4's least (RFC 791), 65535 the most that a virtual link takes. */
export const mtu = z.number().superRefine((v, ctx) => {
  if (!Number.isInteger(v) || v < 68 || v > 65535) ctx.addIssue({ code: "custom", message: `${v} is not an MTU: 68 to 65535 bytes` });
});

/** The text that a link is described by holds 255 bytes: IFALIASZ (256) less the closing zero (linux/if.h). */
const ALIAS_BYTES = 255;

/** A link's alias: any text that the kernel keeps as it is. */
export const linkAlias = text((v) => {
  if (v.includes("\0")) return "holds a NUL character, which ends a text in the kernel";
  // A half of a surrogate pair has no UTF-8, so another character would come back.
  if (/\p{Surrogate}/u.test(v)) return "holds half a surrogate pair, which is no character";
  const bytes = Buffer.byteLength(v);
  return bytes > ALIAS_BYTES ? `has ${bytes} bytes; the kernel keeps ${ALIAS_BYTES}` : undefined;
});

/** The family of an address or prefix, canonical or not. */
export function family(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** The canonical text of an address (RFC 5952), or undefined where it is none. */
export function canonicalIp(value: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(value)) return value;
  if (!value.includes("%") && ipaddr.IPv6.isValid(value)) {
    const v6 = ipaddr.IPv6.parse(value.replace(/^::(?=\d+\.)/, "0::")); // ipaddr.js reads ::1.2.3.4 as ::ffff:1.2.3.4.
    const [high, low] = v6.parts.slice(6) as [number, number];
    const dotted = [high >> 8, high & 255, low >> 8, low & 255].join(".");
    // So does inet_ntop(3) write what holds an IPv4 address, and iproute2 prints what that writes.
    if (v6.isIPv4MappedAddress()) return `::ffff:${dotted}`;
    return v6.parts.slice(0, 6).every((part) => part === 0) && high > 0 ? `::${dotted}` : v6.toRFC5952String();
  }
  return undefined;
}

function parseCidr(value: string): { ip: string; bits: number } | undefined {
  const [address = "", length, ...more] = value.split("/");
  const ip = canonicalIp(address);
  const all = ip && family(ip) === 6 ? 128 : 32;
  const bits = length === undefined ? all : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  return ip && more.length === 0 && bits <= all ? { ip, bits } : undefined;
}

/** An IPv4 or IPv6 address. */
export const ip = text((v) => (canonicalIp(v) ? undefined : `"${v}" is not an IPv4 or IPv6 address`)).transform((v) => canonicalIp(v) ?? v);

const orAny = (wanted: 4 | 6) =>
  text((v) => (v === "any" || (canonicalIp(v) && family(v) === wanted) ? undefined : `"${v}" is not an IPv${wanted} address, or "any"`)).transform((v) => canonicalIp(v) ?? v);

/** An IPv4 address, or `any`. */
export const ipv4OrAny = orAny(4);

/** An IPv6 address, or `any`. */
export const ipv6OrAny = orAny(6);

/** An address with the length of its prefix; without one, the whole address (/32, /128), as iproute2 takes it. */
export const cidr = text((v) => (parseCidr(v) ? undefined : `"${v}" is not an address with a prefix length, such as 172.245.0.1/24 or fd00::1/64`)).transform((v) => {
  const c = parseCidr(v);
  return c ? `${c.ip}/${c.bits}` : v;
});

/** The first address of the prefix that a CIDR lies in. */
export function network(value: string): string {
  const { ip: address, bits } = parseCidr(value)!;
  return family(address) === 4
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`).toString()
    : canonicalIp(ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`).toRFC5952String())!;
}

/** Whether an address lies in a subnet. */
export function inSubnet(address: string, subnet: string): boolean {
  const { ip: start, bits } = parseCidr(subnet)!;
  return family(address) === family(start) && network(`${address}/${bits}`) === network(subnet);
}

/** A destination: a prefix without host bits, or `default`. */
export const prefix = text((v) => {
  if (v === "default") return undefined;
  const c = parseCidr(v);
  if (!c) return `"${v}" is not a prefix such as 172.246.0.0/24, or "default"`;
  return network(v) === c.ip ? undefined : `"${v}" has host bits set; the prefix is ${network(v)}/${c.bits}`;
}).transform((v) => {
  const c = v === "default" ? undefined : parseCidr(v);
  return c ? `${c.ip}/${c.bits}` : v;
});

/**
 * A locally administered MAC address (IEEE 802: second-lowest bit of the first byte) that is always the same for the
 * same seed, so that a first preview can show it and both ends of a tunnel can know it.
 */
export function stableMac(...seed: string[]): string {
  const bytes = createHash("sha256").update(seed.join("\0")).digest().subarray(0, 6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join(":");
}
