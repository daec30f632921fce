import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts } from "../../hosts";
import { httpWeb } from "../../http-web";
import type { Place } from "../network/team-network";

const config = new pulumi.Config();

// pulumi config set network organization/composition-network/dev
const network = new pulumi.StackReference(config.require("network"));
const places = network.requireOutput("places") as pulumi.Output<Place[]>;
const [first, second] = hosts(2);
const there = { netns: places.apply((all) => all[1].netns), address: places.apply((all) => all[1].address) };

const web = new linuxnet.Service("web", {
  host: second,
  name: "web",
  netns: there.netns,
  user: "nobody",
  command: there.address.apply((address) => httpWeb(address, 80, "hello from team blue")),
  ready: { tcp: 80 },
});

// Any other resource can wait for ours: a command that asks the server from the other host, once it is there and each time it is another one.
if (config.getBoolean("ask")) {
  new command.remote.Command(
    "ask",
    {
      connection: { host: first.ssh, privateKey: config.requireSecret("privateKey") },
      create: pulumi.interpolate`ip netns exec ${places.apply((all) => all[0].netns)} curl -s http://${there.address}/`,
      triggers: [web.pid],
    },
    { dependsOn: web },
  );
}

export const url = pulumi.interpolate`http://${there.address}/`;
