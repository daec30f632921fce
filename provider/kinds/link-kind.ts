import { createHash } from "node:crypto";
import type { Link } from "../../network/network.js";
import { ifname, netnsName } from "../fields.js";
import { pick } from "../handlers.js";
import { flag, ip, opt } from "../iproute2.js";
import type { Argv, Kind, Shape, Want } from "../kind.js";
import { onHost } from "../risk.js";
import { after, attributes, defaultMac, kernels, labelled, linkConflict, linkKey, linkMark, linkShape, parseLink, setLink, showLink, type ShownLink } from "./link.js";

/** The properties of a link that is on another one, or sends its packets by others, which may be in another namespace. */
export const underlayShape = {
  /** Network namespace whose links and routes carry it, wherever the link itself is. Default: the host's own. Cannot change in place. */
  linkNetns: netnsName.optional(),
};

/** The properties of a link that is part of another one. */
export const upperShape = {
  /** The link that it is on. Cannot change in place. */
  link: ifname,
  ...underlayShape,
};

/** How a property is said after `ip link … type TYPE`. */
type Words<S extends Shape> = { readonly [K in keyof S & string]?: (value: any, want: Want<S>) => string[] };

type Declared = Want<typeof linkShape> & { mac?: string; dev?: string; link?: string; linkNetns?: string };

/** A kind of link: what is particular to it. */
export interface LinkKind<S extends Shape> extends Partial<Pick<Kind<S>, "immutable" | "replaceOn" | "rules" | "collides" | "tools" | "secret" | "neverAdopted">> {
  name: string;
  /** Its type in iproute2. */
  type: string;
  shape: S;
  /** The properties that can follow its type, in the order in which they are said. */
  words: Words<S>;
  /** Of those, the ones that every change must repeat. */
  repeated?: readonly (keyof S & string)[];
  /** What a new one has from the kernel, and gets back when the program no longer says otherwise. */
  kernels?: Partial<Want<S>>;
  /** What a new one is without being told; a kernel that has no such feature would refuse to be told. */
  unsaid?: Partial<Want<S>>;
  /** Properties whose change makes the kernel set the MTU anew. */
  resizes?: readonly (keyof S & string)[];
  /** Whether its MAC address is that of the link that it is on. */
  sharesMac?(want: Want<S>): boolean;
  /** Whether it takes all that its `link` receives, the host's own packets too. */
  takesOver?(want: Want<S>): boolean;
  /** Outputs besides `ifindex`. */
  outputs?: readonly string[];
  /** Properties that another tool than iproute2 sets, all of them at once, and shows on one line. */
  configured?: {
    keys: readonly (keyof S & string)[];
    show(want: Want<S>): Argv;
    set(want: Want<S>, observed?: Record<string, unknown>): Argv;
  };
  /** What the kernel shows of it besides what every link has; `configured` is what that showed. */
  read(data: Record<string, any>, want: Want<S>, link: ShownLink, configured?: string): Record<string, unknown>;
  /** What is particular to it as a way of packets; nothing where that is not modelled. */
  link?(want: Want<S>): Partial<Link>;
  /** What else no two can have: its place among the links of its type. */
  place?(want: Want<S>): string;
}

/** Whether it was made in another namespace than it is in, whose links have no names there. */
const moved = (want: Declared & { linkNetns?: string }, shape: Shape) => "linkNetns" in shape && want.linkNetns !== want.netns;

/**
 * Makes a link where its underlay is, then moves it: only so does every kernel keep its underlay there (made with `netns`,
 * a tunnel of 6.1 has it where it lives), and only so can it have the name of a link that is where it is made.
 */
const MAKE_AND_MOVE =
  'on() { ip ${from:+-n "$from"} link "$@"; }; from=$1 made=$2 into=${3:-/proc/$$/ns/net} name=$4; shift 4; ' +
  'on add name "$made" "$@" && { on set dev "$made" netns "$into" name "$name" || { on del dev "$made"; false; }; }';

/** The name that a link has until it is where it belongs. */
const inTransit = (want: Declared) => `ln${createHash("sha256").update(`${want.netns ?? ""} ${want.name}`).digest("hex").slice(0, 12)}`;

/** A kind from what is particular to it: everything else is the same for every link. */
export function defineLink<const S extends Shape>(own: LinkKind<S>): Kind<S> {
  const { shape, type } = own;
  const has = (key: string) => key in shape;
  const all = Object.keys(own.words);
  const said = (want: Want<S>, keys: readonly string[]) =>
    all.filter((k) => keys.includes(k)).flatMap((k) => own.words[k]!(want[k], want));
  const under = ["netns", "linkNetns", "dev", "link"].filter(has) as (keyof S & string)[];

  const kind: Kind<typeof linkShape> = {
    name: own.name,
    shape: linkShape,
    outputs: ["ifindex", "mark", ...(own.outputs ?? [])],
    carries: true,
    linkKind: type,
    collides: own.collides,
    tools: own.tools,
    secret: own.secret as never,
    neverAdopted: own.neverAdopted,
    identity: ["name", "netns"],
    refs: under as never,
    immutable: [...(own.immutable ?? []), ...["link", "linkNetns"].filter(has)] as never,
    replaceOn: (want, old) => [
      ...(own.replaceOn?.(want as never, old as never) ?? []),
      ...(moved(want, shape) && has("dev") ? ["dev"] : []),
      // These cannot be taken away again.
      ...["mac", "mtu", "dev"].filter((key) => has(key) && (want as Declared)[key as "mac"] === undefined && (old as Declared)[key as "mac"] !== undefined),
    ] as never,
    rules: (want, facts) => own.rules?.(want as never, facts) ?? [],
    complete: (want, seed) => (has("mac") && !own.sharesMac?.(want as never) ? { ...want, mac: defaultMac((want as Declared).mac, seed, want.netns, want.name) } : want),
    objects: (want) => [linkKey(want.netns, want.name), ...(own.place ? [`${type} ${(want as Declared).linkNetns ?? ""} ${own.place(want as never)}`] : [])],
    touches: (want: Declared) => [
      ...onHost(want.netns, { what: "link", link: want.name }),
      ...(own.takesOver?.(want as never) ? onHost(want.linkNetns, { what: "link", link: want.link! }) : []),
    ],
    network: (want: Declared) => [
      { is: "link", netns: want.netns, name: want.name, kind: type, up: want.up, ...(want.mtu && { mtu: want.mtu }), ...(want.mac && { mac: want.mac }), ...own.link?.(want as never) },
      ...(own.link ? [] : [{ is: "unknown", netns: want.netns, what: `how packets go through the ${type} ${want.name} is not modelled` } as const]),
    ],
    show: (want) => [showLink(want.netns, want.name), ...(own.configured ? [own.configured.show(want as never)] : [])],
    parse: ([shown, configured], want: Declared) => {
      const link = parseLink(shown);
      if (!link) return undefined;
      return {
        ...linkConflict(link, type),
        name: link.name,
        ...pick({ mac: link.mac }, has("mac") ? ["mac"] : []),
        mtu: link.mtu,
        up: link.up,
        txqueuelen: link.txqueuelen,
        ...labelled(link.alias, want.alias),
        ifindex: link.ifindex,
        ...own.read(link.data, want as never, link, configured),
        // From another namespace the lower link shows as a bare index.
        ...(moved(want, shape) ? pick({ dev: want.dev, link: want.link }, under) : {}),
      };
    },
    add: (want: Declared) => {
      const attached = [...opt("link", want.link), ...attributes(want)];
      const typed = ["type", type, ...said(want as never, all.filter((key) => want[key as "mtu"] !== undefined && want[key as "mtu"] !== own.unsaid?.[key]))];
      const configure = own.configured ? [own.configured.set(want as never)] : [];
      if (moved(want, shape)) {
        const made: Argv = ["sh", "-c", MAKE_AND_MOVE, "linuxnet", want.linkNetns ?? "", inTransit(want), want.netns ?? "", want.name, ...attached, ...typed];
        return [made, ...configure, ...after(want.netns, want.name, want)];
      }
      const upAtOnce = want.up && !own.configured;
      const made = ip(want.netns, "link", "add", "name", want.name, ...attached, ...flag("up", upAtOnce), ...typed);
      return [made, ...configure, ...after(want.netns, want.name, { ...want, up: want.up && !upAtOnce })];
    },
    set: (want, changed, observed) => {
      const full = { ...kernels, ...own.kernels, ...pick(want, Object.keys(want)) } as Want<S>;
      const words = said(full, changed);
      const resized = changed.some((key) => own.resizes?.includes(key)) && want.mtu !== undefined ? [...changed, "mtu"] : changed;
      // What is particular to it first: the lower link bounds the MTU.
      return [
        ...(words.length ? [ip(want.netns, "link", "set", "dev", want.name, "type", type, ...said(full, own.repeated ?? []), ...words)] : []),
        ...(own.configured && changed.some((key) => (own.configured!.keys as readonly string[]).includes(key)) ? [own.configured.set(want as never, observed)] : []),
        ...setLink(want.netns, want.name, full, resized),
      ];
    },
    del: (want) => [ip(want.netns, "link", "del", "dev", want.name)],
    mark: linkMark,
  };
  return { ...kind, shape } as unknown as Kind<S>;
}
