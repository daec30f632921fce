import { ifname, netnsName } from "../fields.js";
import { ip } from "../iproute2.js";
import type { Argv, Kind, Shape, Want } from "../kind.js";
import { onHost } from "../risk.js";
import { showLink, type ShownLink } from "./link.js";

/** The properties of a link that belongs to another one. */
export const portShape = {
  /** The link that becomes a port. */
  dev: ifname,
  /** The link that it becomes a port of. */
  master: ifname,
  /** Network namespace that holds both. Default: the host's own. */
  netns: netnsName.optional(),
};

type Wanted = Want<typeof portShape>;

/** Makes a link a port, or moves it to another master. */
export const join = (want: Wanted): Argv => ip(want.netns, "link", "set", "dev", want.dev, "master", want.master);

/** Says that the link belongs to a master of another type. */
export function portConflict(link: ShownLink, type: string): { conflict?: string } {
  return link.masterKind === type ? {} : { conflict: `${link.name} is a port of the ${link.masterKind} ${link.master}, and a link has only one master` };
}

/** What the ports of all masters have in common: a link has only one. */
export function port<const S extends Shape>(shape: S) {
  return {
    shape,
    outputs: [],
    identity: ["dev", "netns"],
    refs: ["dev", "netns", "master"],
    objects: (want: Wanted) => [`port ${want.netns ?? ""} ${want.dev}`],
    touches: (want: Wanted) => onHost(want.netns, { what: "link", link: want.dev }, { what: "link", link: want.master }),
    show: (want: Wanted) => [showLink(want.netns, want.dev)],
    del: (want: Wanted) => [ip(want.netns, "link", "set", "dev", want.dev, "nomaster")],
  } as unknown as Pick<Kind<S>, "shape" | "outputs" | "identity" | "refs" | "objects" | "touches" | "show" | "del">;
}
