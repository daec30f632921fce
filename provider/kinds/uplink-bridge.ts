import { ifname } from "../fields.js";
import { bridge, ip, rows } from "../iproute2.js";
import { defineKind, type Argv } from "../kind.js";
import { onHost } from "../risk.js";
import { moveLayer3, moveTunnels, showLayer3 } from "./layer3.js";
import { linkKey } from "./link.js";

export const uplinkBridgeShape = {
  /** Name of the bridge, 1 to 15 bytes. Another name is another bridge. */
  name: ifname,
  /** The link that becomes its port. Default: the host's uplink. */
  uplink: ifname,
};

/** Gives a link the settings of another (Documentation/networking/ip-sysctl.rst: conf/INTERFACE), where they differ. */
const CARRY = `for v in 4 6; do
  grep -sH '' /proc/sys/net/ipv$v/conf/"$1"/* /proc/sys/net/ipv$v/conf/"$2"/* | awk -v to="$2" '
    { at = index($0, ":"); path = substr($0, 1, at - 1); value = substr($0, at + 1); n = split(path, part, "/") }
    part[n] == "stable_secret" { next }
    part[n - 1] == to { is[part[n]] = value; place[part[n]] = path; next }
    { was[part[n]] = value }
    END { for (key in is) if (key in was && is[key] != was[key]) print place[key], was[key] }' |
    while read -r path value; do printf '%s\\n' "$value" >"$path"; done 2>/dev/null
done; :`;

/** The spanning tree as the kernel shows it (IEEE 802.1D). */
function spanningTree(data: Record<string, any>, ports: Record<string, any>[]) {
  return {
    enabled: data.stp_state === 1,
    bridgeId: data.bridge_id,
    rootId: data.root_id,
    rootPathCost: data.root_path_cost,
    ports: ports.map((p) => ({ dev: p.ifname, state: p.linkinfo.info_slave_data.state, cost: p.linkinfo.info_slave_data.cost })),
  };
}

export const uplinkBridge = defineKind({
  name: "UplinkBridge",
  shape: uplinkBridgeShape,
  outputs: ["ifindex", "mac", "mtu", "fdb", "stp"],
  carries: true,
  neverAdopted: "a bridge is made of the uplink by moving it",
  identity: ["name", "uplink"],
  linkKind: "bridge",
  rules: (want, facts) => [
    ...(want.name === want.uplink ? [{ property: "name", reason: `${want.name} is the uplink itself` }] : []),
    ...(facts?.uplinkManager && want.uplink === facts.uplink
      ? [{ property: "uplink", reason: `${facts.uplinkManager} manages ${want.uplink}, and would take back what it did not do: ${managers[facts.uplinkManager]?.(want.uplink) ?? "stop it, and give the host a fixed address"}; or have it make the bridge, and leave UplinkBridge out` }]
      : []),
  ],
  unrestorable: () => ({ property: "uplink", reason: "what the uplink has is moved as it is seen at that moment, which the host cannot do by itself at boot: have its own configuration make the bridge, or leave BootPersistence out" }),
  objects: (want) => [linkKey(undefined, want.name), `uplink ${want.uplink}`],
  touches: (want) => onHost(undefined, { what: "link", link: want.uplink }, { what: "link", link: want.name }),
  network: ({ name, uplink }) => [{ is: "uplinkBridge", name, uplink }],
  show: (want) => [...showLayer3, bridge(undefined, "-j", "fdb", "show", "br", want.name)],
  parse: (shown, want) => {
    const links = rows(shown[0]);
    const [own, uplink] = [want.name, want.uplink].map((name) => links.find((l) => l.ifname === name));
    const is = { name: want.name, uplink: want.uplink };
    if (own && uplink?.master !== want.name) return { ...is, conflict: `${want.name} is there, and ${want.uplink} is no port of it` };
    if (uplink?.master && !own) return { ...is, conflict: `${want.uplink} is part of ${uplink.master} already` };
    if (!own && !uplink) return { ...is, conflict: `there is no link ${want.uplink}` };
    if (!own) {
      const { strange } = moveLayer3(shown, want.uplink, want.name);
      return strange.length > 0 ? { ...is, conflict: `${want.uplink} has what linuxnet cannot move: ${strange.join("; ")}` } : undefined;
    }
    const entries = rows(shown[4]).filter((e) => e.master === want.name);
    const { v4, v6 } = moveLayer3(shown, want.name, want.uplink);
    return {
      ...is,
      ifindex: own.ifindex,
      mac: own.address,
      mtu: own.mtu,
      fdb: entries.map((e) => ({ mac: e.mac, dev: e.ifname, vlan: e.vlan, state: e.state || "learned" })),
      stp: spanningTree(own.linkinfo?.info_data ?? {}, links.filter((l) => l.master === want.name)),
      back: [...moveTunnels(shown, want.name, want.uplink), ip(undefined, "link", "del", "dev", want.name), ...v4.give, ...v6.give],
    };
  },
  add: (want, shown = []) => {
    const { name, uplink } = want;
    const { address, mtu } = rows(shown[0]).find((l) => l.ifname === uplink) ?? { address: undefined, mtu: undefined };
    const { v4, v6 } = moveLayer3(shown, uplink, name);
    return [
      ip(undefined, "link", "add", "name", name, ...(address ? ["address", address] : []), "type", "bridge", "stp_state", 0, "forward_delay", 0),
      // An MTU that is set stays when ports with another come.
      ip(undefined, "link", "set", "dev", name, ...(mtu ? ["mtu", String(mtu)] : []), "up"),
      ["sh", "-c", CARRY, "linuxnet", uplink, name],
      ...v4.take,
      ip(undefined, "link", "set", "dev", uplink, "master", name),
      ...v4.give,
      ...v6.take,
      ...v6.give,
      ...moveTunnels(shown, uplink, name),
    ];
  },
  set: () => [],
  del: (_want, { back }) => (back as Argv[] | undefined) ?? [],
});

/** How a link is kept from each program that may manage it. */
const managers: Record<string, (link: string) => string> = {
  "systemd-networkd": (link) => `write \`[Link] Unmanaged=yes\` into the .network file of ${link}, and run \`networkctl reload\``,
  NetworkManager: (link) => `run \`nmcli device set ${link} managed no\`, and write that into /etc/NetworkManager/conf.d for the next boot`,
};
