import * as linuxnet from "linuxnet";
import { nodes, summary } from "../nodes";

// The tunnels' own addresses are the article's, 172.245.1.1/30 and 172.245.1.2/30; further hosts have the first of their subnet.
const ends = ["172.245.1.1/30", "172.245.1.2/30"];
const overlay = new linuxnet.IpipOverlay("overlay", { nodes: nodes(2).map((node, i) => ({ ...node, tunnel: ends[i] })) });

export const hosts = summary(overlay).map((s, i) => ({ ...s, tunnel: overlay.nodes[i].tunnel.name }));
