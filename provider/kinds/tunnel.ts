import { z } from "zod";
import type { Tunnel as Wrapping } from "../../network/network.js";
import { ifname, ipv4OrAny, ipv6OrAny } from "../fields.js";
import { pick } from "../handlers.js";
import { hex, opt } from "../iproute2.js";
import type { Problem, Shape, Want } from "../kind.js";
import { defineLink, underlayShape, type LinkKind } from "./link-kind.js";

/** A byte, or a word that stands for it. */
const byteOr = (word: "inherit" | "none") => z.union([z.literal(word), z.number().int().min(0).max(255)], { error: `is 0 to 255, or "${word}"` });

/** The properties of a tunnel whose outer packets are IPv4. */
export const tunnel4Shape = {
  /** IPv4 source address of the outer packets, or `any`: by the route to the other end. Default: any. */
  local: ipv4OrAny.default("any"),
  /** IPv4 address of the other end, or `any`: the route into the tunnel says it as its `via`. Default: any. */
  remote: ipv4OrAny.default("any"),
  /** Link that carries the outer packets. Default: by the route. */
  dev: ifname.optional(),
  ...underlayShape,
  /** Time to live of the outer packets, 1 to 255. Default: that of the packet inside. */
  ttl: z.number().int().min(1).max(255).optional(),
  /** TOS byte of the outer packets, 0 to 255; 1 is that of the packet inside (iproute2's `inherit`). Default: the kernel's 0. */
  tos: z.number().int().min(0).max(255).optional(),
  /** Whether routers may not break up the outer packets (path MTU discovery); without it only GRE can have a `ttl`. Default: true, as in the kernel. */
  pmtudisc: z.boolean().default(true),
};

/** The properties of a tunnel whose outer packets are IPv6. */
export const tunnel6Shape = {
  /** IPv6 source address of the outer packets, or `any`: by the route to the other end. Default: any. */
  local: ipv6OrAny.default("any"),
  /** IPv6 address of the other end, or `any`. Default: any. */
  remote: ipv6OrAny.default("any"),
  /** Link that carries the outer packets. Default: by the route. */
  dev: ifname.optional(),
  ...underlayShape,
  /** Hop limit of the outer packets, 0 to 255; 0 is that of the packet inside. Default: 64, as with `ip link add`. */
  hoplimit: z.number().int().min(0).max(255).default(64),
  /** Traffic class of the outer packets, 0 to 255, or `inherit`: that of the packet inside. Default: 0. */
  tclass: byteOr("inherit").default(0),
  /** How many more tunnels a packet may enter on its way, 0 to 255 (RFC 2473), or `none`: 8 bytes less a packet. Default: 4, as with `ip link add`. */
  encaplimit: byteOr("none").default(4),
};

/** The properties that GRE adds (RFC 2890). */
export const greShape = {
  /** Number that tells tunnels with the same ends apart, in both directions, 0 to 4294967295. Default: none. */
  key: z.number().int().min(0).max(4_294_967_295).optional(),
  /** Whether packets carry, and must carry, a checksum. Default: false. */
  csum: z.boolean().default(false),
};

/** What a tunnel is, besides the shape of its addresses. */
interface Tunnel<S extends Shape> extends Pick<LinkKind<S>, "name" | "type" | "shape"> {
  /** Protocol of its outer packets, as netfilter names it, and what it carries. */
  wraps: Pick<Wrapping, "protocol" | "carries">;
  /** The device that the kernel makes by itself, for packets that no other tunnel takes. */
  fallback: string;
  /** The types that it can collide with, where that is not its own alone. */
  rivals?: string;
  /** How it is said after `type TYPE` what kind of packets it takes. */
  mode?: LinkKind<S>["words"];
  readMode?(data: Record<string, any>): Record<string, unknown>;
}

const ends = {
  local: (v: string) => ["local", v],
  remote: (v: string) => ["remote", v],
  dev: (v: string | undefined) => opt("dev", v),
};

/** What is particular to GRE. */
const gre = {
  key: (v: number | undefined) => (v === undefined ? ["nokey"] : ["key", String(v)]),
  csum: (v: boolean) => [v ? "csum" : "nocsum"],
};
const isGre = (shape: Shape) => "key" in shape;

/** iproute2 shows a key as an IPv4 address. */
const readKey = (shown: string | undefined) => shown?.split(".").reduce((n, byte) => n * 256 + Number(byte), 0);
const readGre = (data: Record<string, any>) => ({ key: readKey(data.ikey), csum: data.icsum === true });

function sameRules<S extends Shape>(tunnel: Tunnel<S>, want: any): Problem[] {
  return [
    ...(want.name === tunnel.fallback ? [{ property: "name", reason: `${tunnel.fallback} is the kernel's own device, which is always there: give this one another name` }] : []),
    ...(want.local === "any" && want.remote === "any" && want.dev === undefined && want.key === undefined
      ? [{ property: "local", reason: `a tunnel without \`local\`, \`remote\` or \`dev\` is the kernel's own ${tunnel.fallback}: name one of its ends` }]
      : []),
  ];
}

/** No two tunnels of a type can have the same ends in one namespace. */
const place = (want: any) => [want.local, want.remote, want.dev ?? "", want.key ?? ""].join(" ");

const collides = ({ type, rivals = type, shape }: Pick<Tunnel<Shape>, "type" | "rivals" | "shape">) =>
  `Another ${rivals} tunnel of this host has the same \`local\`, \`remote\`${isGre(shape) ? ", `key`" : ""} and \`dev\`, which no two can have: \`ip -d link\` shows them`;

/** What is particular to a family of the outer packets: words that come after the ends, and how they are shown. */
interface Outer<S extends Shape> extends Partial<Pick<LinkKind<S>, "kernels" | "resizes" | "replaceOn">> {
  words: Record<string, (value: any) => string[]>;
  /** Family and bytes of the outer IP header. */
  header: { family: 4 | 6; bytes: number };
  rules?(want: any): Problem[];
  read(data: Record<string, any>): Record<string, unknown>;
}

/** How it wraps packets: GRE has 4 bytes of its own, and 4 more each for a key and a checksum (RFC 2890). */
function wrapping({ type, wraps, shape }: Pick<Tunnel<Shape>, "type" | "wraps" | "shape">, { family, bytes }: Outer<Shape>["header"], want: any): Wrapping {
  const any = (address: string) => (address === "any" ? undefined : address);
  const more = [wraps.carries === "ethernet" ? 14 : 0, isGre(shape) ? 4 : 0, want.key === undefined ? 0 : 4, want.csum ? 4 : 0, family === 6 && want.encaplimit !== "none" ? 8 : 0];
  return {
    ...wraps,
    netns: want.linkNetns ?? "",
    type,
    ...(want.key !== undefined && { key: want.key }),
    ...pick({ local: any(want.local), remote: any(want.remote), dev: want.dev }, ["local", "remote", "dev"]),
    overhead: { [family]: more.reduce((sum, n) => sum + n, bytes) },
    fragments: want.pmtudisc === false,
    learning: false,
    anyEnd: false,
  };
}

function defineTunnel<S extends Shape>(tunnel: Tunnel<S>, { words, rules, read, header, ...outer }: Outer<S>) {
  const carriesGre = isGre(tunnel.shape);
  return defineLink<S>({
    ...tunnel,
    ...outer,
    link: (want: any) => ({ tunnel: wrapping(tunnel, header, want) }),
    words: { ...tunnel.mode, ...ends, ...words, ...(carriesGre ? gre : {}) } as LinkKind<S>["words"],
    place,
    collides: collides(tunnel),
    rules: (want) => [...sameRules(tunnel, want), ...(rules?.(want) ?? [])],
    read: (data) => ({ ...tunnel.readMode?.(data), local: data.local, remote: data.remote, dev: data.link, ...read(data), ...(carriesGre ? readGre(data) : {}) }),
  });
}

/** A tunnel over IPv4. */
export function defineTunnel4<const S extends Shape>(tunnel: Tunnel<S>) {
  const { shape } = tunnel;
  return defineTunnel<S>(tunnel, {
    header: { family: 4, bytes: 20 },
    words: { ttl: (v) => opt("ttl", v), tos: (v) => opt("tos", hex(v)), pmtudisc: (v) => [v ? "pmtudisc" : "nopmtudisc"] },
    kernels: { ttl: 0, tos: 0 } as Partial<Want<S>>,
    resizes: ["dev", "key", "csum"] as never,
    // A tunnel to one end and a tunnel to any are of two kinds to the kernel, unless they carry Ethernet frames.
    replaceOn: (want: any, old: any) => (!("mac" in shape) && old.remote !== undefined && (want.remote === "any") !== (old.remote === "any") ? ["remote"] : []),
    rules: (want) => (want.ttl !== undefined && !want.pmtudisc && !isGre(shape) ? [{ property: "ttl", reason: "cannot be set with `pmtudisc: false`: the kernel would never break up the packets" }] : []),
    read: (data) => ({ ttl: data.ttl || undefined, tos: data.tos === undefined ? undefined : Number(data.tos), pmtudisc: data.pmtudisc }),
  });
}

/** A tunnel over IPv6. */
export function defineTunnel6<const S extends Shape>(tunnel: Tunnel<S>) {
  return defineTunnel<S>(tunnel, {
    header: { family: 6, bytes: 40 },
    words: { hoplimit: (v) => opt("hoplimit", v), tclass: (v) => opt("tclass", v === "inherit" ? v : hex(v)), encaplimit: (v) => opt("encaplimit", v) },
    resizes: Object.keys(tunnel.shape) as never,
    read: (data) => ({
      hoplimit: data.ttl,
      tclass: data.ip6_tnl_f_use_orig_tclass ? "inherit" : Number(data.tclass),
      encaplimit: data.ip6_tnl_f_ign_encap_limit ? "none" : data.encap_limit,
    }),
  });
}
