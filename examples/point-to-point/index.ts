import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../hosts";

const config = new pulumi.Config();
const [host] = hosts(1);

const pair = new linuxnet.PointToPoint("pair", {
  host,
  ends: [
    { name: "client", address: ["10.0.0.11/24", ...(config.getBoolean("ipv6") ? ["fd00:10::11/64"] : [])] },
    { name: "server", address: ["10.0.0.12/24", ...(config.getBoolean("ipv6") ? ["fd00:10::12/64"] : [])] },
  ],
});

export const ends = pair.ends.map((end) => ({ namespace: end.netns, link: end.link, addresses: end.addresses }));
