import { olderThan } from "../iproute2.js";
import type { Kind } from "../kind.js";
import { kinds } from "../registry.js";
import type { Met } from "./facts.js";
import type { Finding } from "./findings.js";

/** What the kernel and the tools of a host can do, by the kinds of objects that need it. */
export function abilities(found: Met): Finding[] {
  const kernel: Finding = { subject: "kernel", level: "ok", found: found.kernel };
  const { uplink, uplinkManager, address, prefix, address6, prefix6, mtu } = found;
  const addresses = [address && `${address}/${prefix}`, address6 && `${address6}/${prefix6}`].filter(Boolean).join(" ");
  const reached: Finding = { subject: "uplink", level: "ok", found: `${uplink}, ${addresses || "no global address"}, MTU ${mtu}${uplinkManager ? `, managed by ${uplinkManager}` : ""}` };
  return [kernel, reached, linkKinds(found), ...iproute2Kinds(found), toolsThere(found), firewall(found)];
}

const all = Object.values(kinds);
/** Kinds of objects that need something, as words. */
const named = (some: readonly Kind[]) => some.map(({ name }) => name).join(", ");

function linkKinds(found: Met): Finding {
  const missing = all.filter(({ linkKind }) => linkKind && !found.linkKinds.includes(linkKind));
  const subject = "link kinds";
  if (missing.length === 0) return { subject, level: "ok", found: found.linkKinds.join(", ") };
  const links = [...new Set(missing.map(({ linkKind }) => linkKind))].join(", ");
  return { subject, level: "warning", found: `the kernel has no ${links}, so there can be no ${named(missing)}`, remedy: "Load or install the modules (on Debian cloud images: the full linux-image package), where a program needs them" };
}

function iproute2Kinds({ iproute2 }: Met): Finding[] {
  const newer = all.filter((kind) => kind.iproute2 && olderThan(iproute2, kind.iproute2));
  if (newer.length === 0) return [];
  return [{ subject: "iproute2", level: "warning", found: `too old for ${newer.map((kind) => `${kind.name} (${kind.iproute2})`).join(", ")}`, remedy: "Install a newer iproute2, where a program needs them" }];
}

function toolsThere({ tools }: Met): Finding {
  const needed = all.flatMap((kind) => Object.entries(kind.tools ?? {}).map(([tool, from]) => ({ kind, tool, from })));
  const missing = needed.filter(({ tool }) => !tools.includes(tool));
  const subject = "tools";
  if (missing.length === 0) return { subject, level: "ok", found: tools.join(", ") };
  const told = [...new Set(missing.map(({ tool }) => tool))].join(", ");
  return { subject, level: "warning", found: `there is no ${told}, so there can be no ${named(missing.map(({ kind }) => kind))}`, remedy: `Install ${[...new Set(missing.map(({ from }) => from))].join(", ")}, where a program needs them` };
}

/** Who else has a hand in the host's network. */
export function managersFound({ managers, contenders }: Met): Finding[] {
  const subject = "managers";
  if (contenders.length === 0) return [{ subject, level: "ok", found: managers.map(({ name }) => name).join(", ") || "none" }];
  return contenders.map(({ name, does, remedy }) => ({ subject, level: "warning", found: `${name} ${does}`, remedy: remedy[0]!.toUpperCase() + remedy.slice(1) }));
}

function firewall({ iptables, firewalls }: Met): Finding {
  const subject = "firewall";
  if (firewalls.length > 0) return { subject, level: "ok", found: `${firewalls.join(", ")} (iptables is ${iptables})` };
  return { subject, level: "warning", found: "there is no iptables or nft that the kernel takes, so there can be no firewall rules", remedy: "Install iptables or nftables, where a program needs them" };
}
