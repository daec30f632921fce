import { inSubnet } from "./fields.js";
import type { Path } from "./host/path.js";

/** A part of a host's own network that an object changes; of what lies in another namespace, only rules of netfilter are said. */
export type Touch =
  | { what: "link"; link: string }
  | { what: "address"; address: string; link: string }
  | { what: "route"; dst: string }
  | { what: "neighbour"; dst: string; link: string }
  | { what: "sysctl"; path: string }
  | Firewall;

/** Rules of a chain: the command that netfilter is told by, whether they can decide on the host's own connections, and the links whose packets are all that they meet. */
export interface Firewall {
  what: "firewall";
  chain: string;
  command: string;
  netns?: string;
  decides: boolean;
  links?: string[];
}

/** What is touched where the object lies in the host's own namespace. */
export function onHost(netns: string | undefined, ...touches: Touch[]): Touch[] {
  return netns === undefined ? touches : [];
}

/** Settings of a link, or of all, that decide what it takes, answers and forwards (Documentation/networking/ip-sysctl.rst). */
const decisive = /^(forwarding|rp_filter|disable_ipv6|accept_ra\w*|accept_local|arp_(filter|ignore|announce)|proxy_arp|addr_gen_mode|disable_policy|ignore_routes_with_linkdown)$/;
/** Settings of the host as a whole that do. */
const general = /^\/proc\/sys\/net\/(ipv4\/ip_forward|bridge\/bridge-nf-\w[\w-]*)$/;

const judge: { [W in Touch["what"]]: (touch: Extract<Touch, { what: W }>, path: Path) => string | undefined } = {
  link: ({ link }, path) => (path.links.includes(link) ? `${link} carries the SSH connection` : undefined),
  address: ({ address, link }, path) => judge.link({ what: "link", link }, path) ?? judge.route({ what: "route", dst: address }, path),
  route: ({ dst }, { hops }) => {
    if (dst === "default" || dst.endsWith("/0")) return "it is the default route";
    const covered = hops.find((hop) => inSubnet(hop, dst));
    return covered && `${dst} covers ${covered}, by which the SSH connection comes in`;
  },
  neighbour: ({ dst }, { hops }) => (hops.includes(dst) ? `the SSH connection comes in by ${dst}` : undefined),
  sysctl: ({ path: file }, { links }) => {
    const [, link, setting] = /^\/proc\/sys\/net\/ipv[46]\/conf\/([^/]+)\/(\w+)$/.exec(file) ?? [];
    const decides = general.test(file) || (setting !== undefined && decisive.test(setting) && (link === "all" || links.includes(link!)));
    return decides ? `${file} decides what the host takes and forwards` : undefined;
  },
  firewall: ({ chain, netns, decides, links }, path) => (decides && netns === undefined && (links ?? path.links).some((link) => path.links.includes(link)) ? `${chain} decides on the packets of the SSH connection` : undefined),
};

/** Why a change may cut the path by which the host is managed; undefined where it cannot. */
export function risk(touches: readonly Touch[], path: Path): string | undefined {
  for (const touch of touches) {
    const why = (judge[touch.what] as (touch: Touch, path: Path) => string | undefined)(touch, path);
    if (why) return why;
  }
  return undefined;
}

/** The parts of a host that must be as before once a change is taken back, as guard/state.sh names them. */
export function scope(touch: Touch): string[] {
  if (touch.what === "sysctl") return [`file ${touch.path}`, "conf"];
  if (touch.what === "firewall") return [`firewall ${touch.command} ${touch.netns ?? ""}`.trim()];
  return "link" in touch ? [`link ${touch.link}`] : [];
}

/** Whether the host keeps the whole of what is touched, as with rules, whose order matters; else commands take the change back. */
export function keptWhole(touches: readonly Touch[]): boolean {
  return touches.some(({ what }) => what === "firewall");
}
