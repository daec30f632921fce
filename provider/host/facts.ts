import { HostError } from "../errors.js";
import { rows, version } from "../iproute2.js";
import type { Ground } from "../../network/facts.js";
import { essentials, type Essential } from "./findings.js";
import { readGround } from "./ground.js";
import { readContenders, readManagers, type Contender, type Manager } from "./managers.js";
import { readOwner } from "./owner.js";
import { pathOf, type Path } from "./path.js";
import { ask, questions, type Answers, type Question } from "./questions.js";
import type { Session } from "./session.js";

/** A host that is there, and on which linuxnet cannot work as it is. */
export class UnfitHost extends HostError {}

/** What a host is: found once, when Pulumi first meets it, and known to the very first preview. */
export interface Facts {
  /** Release of the kernel, as `uname -r` prints it. */
  kernel: string;
  /** Version of iproute2, as `ip -V` prints it. */
  iproute2: string;
  /** The link that carries the default route, or where there is none the one that the SSH connection came in by. Where the program puts it into an UplinkBridge: the port, before and after. */
  uplink: string;
  /** A program that manages the uplink and would take back what it did not do itself: `systemd-networkd`, `NetworkManager`, or a DHCP client by its name. */
  uplinkManager?: string;
  /** MTU of the uplink, in bytes. */
  mtu: number;
  /** MAC address of the uplink. */
  mac?: string;
  /** First global IPv4 address of the uplink. */
  address?: string;
  /** Length of that address's prefix. */
  prefix?: number;
  /** IPv4 default gateway. */
  gateway?: string;
  /** Oldest global IPv6 address of the uplink that is there to stay. */
  address6?: string;
  /** Length of that address's prefix. */
  prefix6?: number;
  /** IPv6 default gateway. */
  gateway6?: string;
  /** The kinds of link, in iproute2's words, that the kernel has or can load. */
  linkKinds: string[];
  /** What `iptables` is there: `nf_tables`, `legacy`, or `none`. */
  iptables: "nf_tables" | "legacy" | "none";
  /** The commands that netfilter can be told by, because the kernel was seen to take what they say: `iptables-nft`, `iptables-legacy` (where there is only one, `iptables`), `nft`. The flavour of `iptables` itself comes first, so that all rules of the host are in one place. */
  firewalls: string[];
  /** The network managers that run there, each with what its configuration tells it to leave alone. */
  managers: Manager[];
}

/** What a meeting finds, and what is no part of what the host is: its current boot, and what to warn of. */
export interface Met extends Facts {
  bootId: string;
  contenders: Contender[];
  /** What decides there on packets, as far as nobody declared it. */
  ground: Ground;
  /** Of the commands that some kinds need, those that are there. */
  tools: string[];
  /** How it is reached, where that decides what can be made on it. */
  path?: Path;
}

/**
 * Asks a host, in one round trip, what it is; `bootId` names its current boot. With `orFound`, a named uplink that is gone is looked for anew; `bridge` is one that
 * the program puts the uplink into.
 * @throws UnfitHost where the host is there, and linuxnet cannot work on it.
 */
export async function meet(session: Session, uplink?: string, orFound = false, bridge?: string): Promise<Met> {
  const [answers, path] = await Promise.all([ask(session, questions), session.sudo ? pathOf(session) : undefined]);
  refuseUnfit(session, answers);
  return { ...readMet(answers, session.host, uplink, orFound, bridge), ...(path && { path }) };
}

function refuseUnfit({ host, sudo }: Session, answers: Answers<Question>): void {
  const unfit = essentials(answers, sudo).filter(({ level }) => level === "fault");
  if (unfit.length > 0) throw new UnfitHost(host, unfit.map(({ found }) => found).join("; "), { hint: unfit.map(({ remedy }) => remedy).join(". ") });
}

/** Reads what a meeting finds from the answers. */
export function readMet(answers: Answers<Question>, host: string, uplink?: string, orFound = false, bridge?: string): Met {
  const said = texts(host, answers);
  return { ...readFacts(said, host, uplink, orFound, bridge), bootId: said.boot, contenders: readContenders(said.managers), ground: readGround(said.ground), tools: said.tools.split(/\s+/).filter(Boolean) };
}

/** What the host answered, where it could answer everything. */
function texts(host: string, answers: Answers<Question>): Record<Question, string> {
  return Object.fromEntries(
    Object.entries(questions).map(([key, command]) => {
      const { rc, text, stderr } = answers[key as Question];
      if (rc !== 0) throw new UnfitHost(host, `cannot find out what the host is (${key})`, { command, stderr });
      return [key, text];
    }),
  ) as Record<Question, string>;
}

type Row = ReturnType<typeof rows>[number];

/** A route of several next hops as one for each. */
const hops = (route: Row): Row[] => ((route.nexthops as Row[] | undefined) ?? [{}]).map((hop) => ({ ...route, ...hop }));

/** Of IPv6 addresses the one that stays: the kernel lists the newest first, and makes some only for a while. */
function lasting(addresses: Row[]): Row | undefined {
  const usable = addresses.filter((a) => !["temporary", "deprecated", "tentative", "dadfailed"].some((passing) => a[passing]));
  return usable.filter((a) => !a.mngtmpaddr).at(-1) ?? usable.at(-1) ?? addresses.at(-1);
}

/** Reads the answers of a host, for the uplink named or found. */
export function readFacts(answers: Record<Exclude<Question, Essential | "boot" | "tools" | "ground"> | "iproute2", string>, host: string, uplink?: string, orFound = false, bridge?: string): Facts {
  const links = rows(answers.links);
  const [routes4, routes6] = [answers.routes, answers.routes6].map((r) => rows(r).flatMap(hops).sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))) as [Row[], Row[]];
  const reachedBy = answers.connection.split(" ")[2];
  const carrier = links.find((l) => l.addr_info.some((a: { local: string }) => a.local === reachedBy));
  const named = orFound && !links.some((l) => l.ifname === uplink) ? undefined : uplink;
  const name: string | undefined = named ?? routes4[0]?.dev ?? routes6[0]?.dev ?? carrier?.ifname;
  const link = links.find((l) => l.ifname === name);
  if (!link && named) throw new HostError(host, `there is no link ${named}: there are ${links.map((l) => l.ifname).join(", ")}`, {});
  if (!link) throw new HostError(host, "no uplink found: there is no default route, and no link has the address that SSH came in by", {});
  // A port has no addresses, its bridge has; an UplinkBridge has the MAC address of the uplink, too.
  const port = name === bridge ? links.find((l) => l.master === bridge && l.address === link.address) : undefined;
  const physical = port ?? link;
  const end = links.find((l) => l.ifname === link.master) ?? link;
  const [all4, all6] = ["inet", "inet6"].map((f) => (end.addr_info as Row[]).filter((a) => a.family === f && a.scope === "global")) as [Row[], Row[]];
  const [v4, v6] = [all4[0], lasting(all6)];
  const managers = readManagers(answers.managers);
  return {
    kernel: answers.kernel,
    iproute2: version(answers.iproute2),
    uplink: physical.ifname,
    uplinkManager: readOwner(answers.owners, physical.ifname, managers),
    mtu: end.mtu,
    mac: physical.address,
    address: v4?.local,
    prefix: v4?.prefixlen,
    gateway: routes4.find((r) => r.dev === end.ifname)?.gateway,
    address6: v6?.local,
    prefix6: v6?.prefixlen,
    gateway6: routes6.find((r) => r.dev === end.ifname)?.gateway,
    linkKinds: answers.kinds.split(/\s+/).filter(Boolean),
    // Before 1.8 it did not say so.
    iptables: answers.iptables.includes("nf_tables") ? "nf_tables" : /legacy|^iptables v/.test(answers.iptables) ? "legacy" : "none",
    firewalls: answers.firewalls.split(/\s+/).filter(Boolean),
    managers,
  };
}
