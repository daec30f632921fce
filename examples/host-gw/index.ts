import * as linuxnet from "linuxnet";
import { nodes, summary } from "../nodes";

const overlay = new linuxnet.HostGwOverlay("overlay", { nodes: nodes(2) });

export const hosts = summary(overlay);
