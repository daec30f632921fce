import * as linuxnet from "linuxnet";
import { nodes, summary } from "../nodes";

const overlay = new linuxnet.VxlanOverlay("overlay", { nodes: nodes(2) });

export const hosts = summary(overlay).map((s, i) => ({ ...s, vtep: overlay.nodes[i].tunnel.name, mac: overlay.nodes[i].tunnel.mac }));
