import { netnsName } from "../fields.js";
import { ip, rows } from "../iproute2.js";
import { defineKind } from "../kind.js";

export const networkNamespaceShape = {
  /** Name of the namespace, as `ip netns` lists it; a file of /run/netns. */
  name: netnsName,
};

export const networkNamespace = defineKind({
  name: "NetworkNamespace",
  shape: networkNamespaceShape,
  outputs: [],
  carries: true,
  identity: ["name"],
  objects: (want) => [`netns ${want.name}`],
  network: ({ name }) => [{ is: "namespace", netns: name, open: false }],
  show: () => [ip(undefined, "-j", "netns", "list")],
  parse: ([list], want) => (rows(list).some((row) => row.name === want.name) ? { name: want.name } : undefined),
  add: (want) => [ip(undefined, "netns", "add", want.name)],
  set: () => [],
  del: (want) => [ip(undefined, "netns", "del", want.name)],
});
