import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { nodes, summary } from "../nodes";

// pulumi config set backend ipip
export const backend = (new pulumi.Config().get("backend") ?? "host-gw") as linuxnet.OverlayBackend;

export const hosts = summary(new linuxnet.Overlay("overlay", { backend, nodes: nodes(2) }));
