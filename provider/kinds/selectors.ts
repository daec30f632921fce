import { z } from "zod";

/** A number or a text that has one canonical text. */
function canonicalText(canonical: (value: string) => string | undefined, problem: string) {
  return z
    .union([z.number(), z.string()])
    .superRefine((v, ctx) => {
      if (canonical(String(v)) === undefined) ctx.addIssue({ code: "custom", message: `"${v}" ${problem}` });
    })
    .transform((v) => canonical(String(v)) ?? String(v));
}

const UINT32 = 0xffff_ffff;
const uint32 = (word: string | undefined) => (word !== undefined && /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) && Number(word) <= UINT32 ? Number(word) : undefined);

/** A mark and perhaps its mask, as iproute2 shows them; a mask of all bits is none. */
function canonicalMark(value: string): string | undefined {
  const [mark, mask, ...more] = value.split("/");
  const [m, k] = [uint32(mark), mask === undefined ? UINT32 : uint32(mask)];
  if (m === undefined || k === undefined || more.length > 0) return undefined;
  return k === UINT32 ? `0x${m.toString(16)}` : `0x${m.toString(16)}/0x${k.toString(16)}`;
}

/** The mark of a packet: a number, or a text with a mask. */
export const fwmark = canonicalText(canonicalMark, "is not a mark such as 1, 0x10 or 0x10/0xff");

/** Protocols by name (IANA, Assigned Internet Protocol Numbers). */
const protocols = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, ah: 51, icmpv6: 58, ospf: 89, sctp: 132 } as const;

/** A protocol inside IP, by its number. */
export const ipproto = z
  .union([z.number().int().min(1).max(255), z.enum(Object.keys(protocols) as [keyof typeof protocols])], { error: `is a number from 1 to 255, or one of ${Object.keys(protocols).join(", ")}` })
  .transform((v) => (typeof v === "number" ? v : protocols[v]));

/** A port, or a range of ports in one text, or undefined where it is none. */
function canonicalPorts(value: string): string | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? [];
  if (first === undefined || Number(first) < 1 || Number(last) > 65_535 || Number(first) > Number(last)) return undefined;
  return Number(first) === Number(last) ? String(Number(first)) : `${Number(first)}-${Number(last)}`;
}

/** A port or a range of ports, as text. */
export const ports = canonicalText(canonicalPorts, "is not a port such as 80, or ports such as 1000-2000");
