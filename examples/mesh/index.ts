import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { nodes, summary } from "../nodes";

const config = new pulumi.Config();

// One more entry in the list is one more host: `pulumi config set size 5` with the lab's, or `hosts[4].ssh` with your own.
const mesh = new linuxnet.Overlay("mesh", {
  backend: (config.get("backend") ?? "vxlan") as linuxnet.OverlayBackend,
  nodes: nodes(config.getNumber("size") ?? 4),
});

export const hosts = summary(mesh);
