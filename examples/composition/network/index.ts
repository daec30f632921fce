import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../../hosts";
import { TeamNetwork } from "./team-network";

// Whatever a component makes, a transform reaches: here every bridge and veth pair tells in its alias whose it is.
const marked = ["Bridge", "VethPair"].map((kind) => `pulumi-nodejs:dynamic/linuxnet:${kind}`);
const mark: pulumi.ResourceTransform = ({ type, props, opts }) => (marked.includes(type) ? { props: { ...props, alias: "team blue" }, opts } : undefined);

const network = new TeamNetwork("blue", { hosts: hosts(2), backend: new pulumi.Config().get("backend") as linuxnet.OverlayBackend | undefined }, { transforms: [mark] });

export const places = network.places;
