import { rows } from "../iproute2.js";
import type { Argv } from "../kind.js";
import { ask, type Answers } from "./questions.js";
import type { Session } from "./session.js";

/** How a host is reached: what a change must leave alone to keep it so. */
export interface Path {
  /** The links that an SSH connection comes in by, and the default routes: each with what it is a port of, and what it is on. */
  links: string[];
  /** The addresses that it comes in from: the client and the gateways. */
  hops: string[];
}

const questions = {
  connection: ["eval", "echo $SSH_CONNECTION"],
  /** The way back to the client; the zone of a link-local address is the link. */
  way: ["eval", '(set -- $SSH_CONNECTION; [ $# -lt 3 ] || ip -j route get "${1%%[%]*}" from "${3%%[%]*}" 2>/dev/null || :)'],
  links: ["ip", "-j", "-d", "addr", "show"],
  routes: ["ip", "-j", "-4", "route", "show", "default"],
  routes6: ["ip", "-j", "-6", "route", "show", "default"],
} satisfies Record<string, Argv>;

type Row = ReturnType<typeof rows>[number];

/** Asks, in one round trip, how this session came in. */
export async function pathOf(session: Session): Promise<Path> {
  return readPath(await ask(session, questions));
}

/** Reads the answers. */
export function readPath(answers: Answers<keyof typeof questions>): Path {
  const links = rows(answers.links.text);
  const [client = "", , local = ""] = answers.connection.text.split(" ");
  const bare = (address: string) => address.split("%")[0]!;
  const routes = [answers.way, answers.routes, answers.routes6].flatMap(({ text }) => rows(text)).flatMap((route) => [route, ...((route.nexthops ?? []) as Row[])]);
  const carriers = links.filter((link) => ((link.addr_info ?? []) as Row[]).some((a) => a.local === bare(local)));
  const found = new Set<string>();
  const reach = (name: string | undefined): void => {
    if (!name || found.has(name)) return;
    found.add(name);
    const link = links.find((l) => l.ifname === name);
    const kind = link?.linkinfo?.info_kind;
    reach(link?.master);
    if (kind !== "veth") reach(link?.link); // What a veth shows there is its peer.
    const members = kind === "vrf" ? [] : links.filter((l) => l.master === name);
    // Behind a bridge the world is at the ports that are no container's or guest's.
    const outward = kind === "bridge" ? members.filter((l) => !["veth", "tun"].includes(l.linkinfo?.info_kind)) : members;
    for (const member of outward.length > 0 ? outward : members) reach(member.ifname);
  };
  for (const name of [...routes.map((r) => r.dev as string | undefined), ...carriers.map((l) => l.ifname as string), ...[client, local].map((a) => a.split("%")[1])]) reach(name);
  const hops = [client && bare(client), ...routes.map((r) => (r.gateway ?? r.via?.host) as string | undefined)].filter((hop): hop is string => !!hop);
  return { links: [...found], hops: [...new Set(hops)] };
}
