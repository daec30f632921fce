import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { z } from "zod";
import { canonicalIp, family, prefix, text } from "../fields.js";
import { inNetns } from "../iproute2.js";
import type { Argv, Problem, Want } from "../kind.js";
import { defineLink, underlayShape } from "./link-kind.js";
import { linkShape } from "./link.js";

/** A key holds 32 bytes; what is wrong with a secret one is said without telling it. */
const isKey = (v: string) => /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(v);
const NOT_A_KEY = "is not a WireGuard key: 32 bytes in base64, as `wg genkey` prints them";
const key = text((v) => (isKey(v) ? undefined : NOT_A_KEY));
/** What `wg` takes for no preshared key. */
const NO_KEY = Buffer.alloc(32).toString("base64");

/** The public key of a private one (X25519, RFC 7748), as `wg pubkey` prints it. */
export function publicKeyOf(privateKey: string): string {
  if (!isKey(privateKey)) throw new Error(`the private key ${NOT_A_KEY}`);
  const head = Buffer.from("302e020100300506032b656e04220420", "hex"); // PKCS #8 of X25519 (RFC 8410).
  const secret = createPrivateKey({ key: Buffer.concat([head, Buffer.from(privateKey, "base64")]), format: "der", type: "pkcs8" });
  return createPublicKey(secret).export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
}

/** An address with a port, as `wg` shows it; a name would be another thing by the time it is looked at. */
function canonicalEndpoint(value: string): string | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? [];
  const ip = canonicalIp(bracketed ?? plain ?? "");
  if (!ip || (family(ip) === 6) !== (bracketed !== undefined) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `${family(ip) === 6 ? `[${ip}]` : ip}:${Number(port)}`;
}

const endpoint = text((v) => (canonicalEndpoint(v) ? undefined : `"${v}" is not an address with a port, such as 192.0.2.1:51820 or [2001:db8::1]:51820`)).transform((v) => canonicalEndpoint(v) ?? v);

const peer = z.strictObject({
  /** Address and UDP port where it is found first; the kernel follows a peer that moves. Default: none, the peer makes itself known. */
  endpoint: endpoint.optional(),
  /** Prefixes that it may send from, and that packets to which go to it. Default: none. */
  allowedIps: z.array(prefix).transform((all) => [...new Set(all)].sort()).default([]),
  /** Seconds between packets that keep a way through NAT open, 1 to 65535. Default: none are sent. */
  keepalive: z.number().int().min(1).max(65_535).optional(),
  /** A further secret that both ends share, as `wg genpsk` prints it. Default: none. */
  presharedKey: key.optional(),
});

type Peer = z.output<typeof peer>;

export const wireGuardShape = {
  ...linkShape,
  ...underlayShape,
  /** Its private key, as `wg genkey` prints it: a secret in Pulumi's state, sent on the session's input, and in no command line, message or file. */
  privateKey: key,
  /** UDP port that it listens on. Default: one that the kernel chooses. */
  listenPort: z.number().int().min(1).max(65_535).optional(),
  /** Mark of the outer packets, for a Rule, 1 to 4294967295. Default: none. */
  fwmark: z.number().int().min(1).max(4_294_967_295).optional(),
  /** The peers by their public keys, each with `endpoint` (where it is found first; the kernel follows a peer that moves), `allowedIps` (prefixes behind it), `keepalive` (seconds) and `presharedKey` (a secret). Any other peer is removed. Default: none. */
  peers: z.record(key, peer).default({}),
};

type Wanted = Want<typeof wireGuardShape>;

const digest = (secret: string) => createHash("sha256").update(secret).digest("hex");

/** Prints what `wg` knows, on one line, each peer after a semicolon; of secrets their public key or a digest. Nothing where the link is of another type. */
const SHOW = `said=$(wg show "$1" dump 2>&1) || case $said in *"not supported"*) exit 0 ;; *) printf '%s\\n' "$said" >&2; exit 1 ;; esac
printf '%s\\n' "$said" | {
  IFS='	' read -r private public port mark; printf '%s %s %s' "$public" "$port" "$mark"
  while IFS='	' read -r peer psk endpoint allowed shaken received sent keepalive; do
    [ "$psk" = "(none)" ] || psk=$(printf %s "$psk" | sha256sum)
    printf ';%s %s %s %s' "$peer" "\${psk%% *}" "$allowed" "$keepalive"
  done; echo; }`;

/** What `wg syncconf` reads: all of it, as what is not said stays as it was. */
function config(want: Wanted, port: number | undefined): string {
  const lines = [`[Interface]`, `PrivateKey = ${want.privateKey}`, `ListenPort = ${port ?? 0}`, `FwMark = ${want.fwmark ?? "off"}`];
  for (const [publicKey, p] of Object.entries(want.peers)) {
    lines.push("[Peer]", `PublicKey = ${publicKey}`, `PresharedKey = ${p.presharedKey ?? NO_KEY}`, `PersistentKeepalive = ${p.keepalive ?? "off"}`);
    // Of these lines an empty one is none; without it there are none.
    if (p.allowedIps.length > 0) lines.push(`AllowedIPs = ${p.allowedIps.join(", ")}`);
    if (p.endpoint) lines.push(`Endpoint = ${p.endpoint}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Peers that lie still keep their sessions. */
function sync(want: Wanted, port: number | undefined): Argv {
  return Object.assign(inNetns(want.netns, "wg", "syncconf", want.name, "/dev/stdin"), { input: config(want, port) });
}

function readPeer(line: string, wanted: Record<string, Peer>): [string, Peer] {
  const [publicKey = "", psk, allowed = "", keepalive] = line.split(" ");
  const want = wanted[publicKey];
  const presharedKey = psk === "(none)" ? undefined : want?.presharedKey && psk === digest(want.presharedKey) ? want.presharedKey : "(another one)";
  const allowedIps = allowed === "(none)" ? [] : allowed.split(",").map((p) => prefix.parse(p)).sort();
  // Where it was found last is not where it is to be looked for first.
  return [publicKey, { ...(want?.endpoint && { endpoint: want.endpoint }), allowedIps, ...(keepalive !== "off" && { keepalive: Number(keepalive) }), ...(presharedKey && { presharedKey }) }];
}

export const wireGuard = defineLink({
  name: "WireGuard",
  type: "wireguard",
  shape: wireGuardShape,
  words: {},
  tools: { wg: "wireguard-tools" },
  secret: ["privateKey", "peers"],
  neverAdopted: "the host's register would have to keep its private key",
  collides: "Another WireGuard link or program of this host listens on that UDP port: `ss -ulnp` lists them",
  outputs: ["publicKey"],
  rules: (want) => {
    const problems: Problem[] = [];
    const owners = new Map<string, string>();
    for (const [publicKey, { allowedIps }] of Object.entries(want.peers)) {
      const at = `peers["${publicKey}"]`;
      if (publicKey === publicKeyOf(want.privateKey)) problems.push({ property: at, reason: "is this link's own public key" });
      for (const allowed of allowedIps) {
        const first = owners.get(allowed);
        if (allowed === "default") problems.push({ property: `${at}.allowedIps`, reason: "say 0.0.0.0/0, ::/0 or both for every address" });
        else if (first) problems.push({ property: `${at}.allowedIps`, reason: `${allowed} is behind the peer ${first} already, and a prefix is behind one only` });
        owners.set(allowed, publicKey);
      }
    }
    return problems;
  },
  configured: {
    keys: ["privateKey", "listenPort", "fwmark", "peers"],
    show: (want) => inNetns(want.netns, "sh", "-c", SHOW, "linuxnet", want.name),
    set: (want, observed) => sync(want, want.listenPort ?? (observed?.listenPort as number | undefined)),
  },
  read: (_data, want, _link, shown) => {
    const [first = "", ...peers] = (shown ?? "").trim().split(";");
    const [publicKey, port, mark] = first.split(" ");
    return {
      publicKey,
      privateKey: publicKey === publicKeyOf(want.privateKey) ? want.privateKey : undefined,
      listenPort: Number(port) || undefined,
      fwmark: mark === "off" ? undefined : Number(mark),
      peers: Object.fromEntries(peers.map((line) => readPeer(line, want.peers))),
    };
  },
});
