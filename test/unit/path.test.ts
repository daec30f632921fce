import { describe, expect, test } from "vitest";
import { readPath } from "../../provider/host/path.js";

/** Links as `ip -j -d addr show` prints them (kernel 6.1.176), with what is read of them. */
const link = (ifname: string, more: { local?: string; master?: string; link?: string; kind?: string } = {}) => ({
  ifname,
  master: more.master,
  link: more.link,
  linkinfo: more.kind ? { info_kind: more.kind } : undefined,
  addr_info: more.local ? [{ family: more.local.includes(":") ? "inet6" : "inet", local: more.local, prefixlen: 24, scope: "global" }] : [],
});
const said = (text: string) => ({ rc: 0, text, stderr: "" });
const answers = (links: object[], routes: object[] = [], more: { way?: object[]; routes6?: object[]; connection?: string } = {}) => ({
  connection: said(more.connection ?? "192.168.32.1 51500 192.168.32.245 22"),
  way: said(JSON.stringify(more.way ?? [])),
  links: said(JSON.stringify(links)),
  routes: said(JSON.stringify(routes)),
  routes6: said(JSON.stringify(more.routes6 ?? [])),
});

describe("the path by which a host is managed", () => {
  test("is the link that has the address, the one that leads back, and the default routes'; with client and gateways", () => {
    const way = [{ dst: "198.51.100.7", from: "192.168.32.245", gateway: "192.168.32.2", dev: "eth1", flags: [] }];
    const links = [link("lo", { local: "127.0.0.1" }), link("eth0", { local: "192.168.32.245" }), link("eth1"), link("eth2"), link("eth3")];
    const read = readPath(answers(links, [{ dst: "default", gateway: "10.0.0.1", dev: "eth2", flags: [] }], { way, connection: "198.51.100.7 1 192.168.32.245 22", routes6: [{ dst: "default", gateway: "fe80::1", dev: "eth2" }] }));
    expect(read.links.sort()).toEqual(["eth0", "eth1", "eth2"]);
    expect(read.hops).toEqual(["198.51.100.7", "192.168.32.2", "10.0.0.1", "fe80::1"]);
  });

  test("goes down a bridge to its outward ports, and from a port up to its bridge", () => {
    const links = [link("br0", { local: "192.168.32.245", kind: "bridge" }), link("eth0", { master: "br0" }), link("veth1", { master: "br0", kind: "veth", link: "eth9" }), link("tap1", { master: "br0", kind: "tun" }), link("eth9")];
    expect(readPath(answers(links)).links).toEqual(["br0", "eth0"]);
    expect(readPath(answers([...links.slice(0, 2).map((l) => ({ ...l, addr_info: [] })), ...links.slice(2)], [{ dst: "default", gateway: "10.0.0.1", dev: "eth0" }])).links).toEqual(["eth0", "br0"]);
  });

  test("takes all ports of a bridge that has containers' links only, as within a container", () => {
    const links = [link("br0", { local: "192.168.32.245", kind: "bridge" }), link("eth0", { master: "br0", kind: "veth", link: "5" }), link("veth1", { master: "br0", kind: "veth" })];
    expect(readPath(answers(links)).links).toEqual(["br0", "eth0", "veth1"]);
  });

  test("goes through VLANs and bonds, but not to the other end of a veth pair", () => {
    const links = [link("bond0.7", { local: "192.168.32.245", kind: "vlan", link: "bond0" }), link("bond0", { kind: "bond" }), link("e1", { master: "bond0" }), link("e2", { master: "bond0" }), link("v0", { kind: "veth", link: "v1" }), link("v1", { kind: "veth", link: "v0" })];
    expect(readPath(answers(links)).links).toEqual(["bond0.7", "bond0", "e1", "e2"]);
    expect(readPath(answers(links, [{ dst: "default", dev: "v0", scope: "link" }])).links).not.toContain("v1");
  });

  test("knows every next hop of a route, also one of the other family", () => {
    const routes = [{ dst: "default", nexthops: [{ gateway: "10.0.0.1", dev: "e1", weight: 1 }, { via: { family: "inet6", host: "fe80::9" }, dev: "e2", weight: 1 }] }];
    const read = readPath(answers([link("e1"), link("e2")], routes));
    expect(read).toEqual({ links: ["e1", "e2"], hops: ["192.168.32.1", "10.0.0.1", "fe80::9"] });
  });

  test("of a link-local login is the link that its zone names", () => {
    const read = readPath(answers([link("eth1"), link("eth0")], [], { connection: "fe80::1%eth1 50000 fe80::2%eth1 22" }));
    expect(read).toEqual({ links: ["eth1"], hops: ["fe80::1"] });
  });

  test("is the default routes alone where nothing says how the login came in", () => {
    expect(readPath(answers([link("eth0")], [{ dst: "default", gateway: "10.0.0.1", dev: "eth0" }], { connection: "" }))).toEqual({ links: ["eth0"], hops: ["10.0.0.1"] });
  });
});
