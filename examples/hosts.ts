import * as pulumi from "@pulumi/pulumi";
import * as linuxnet from "linuxnet";
import { hosts as labHosts } from "linuxnet/lab";

/** The hosts of the stack's configuration (`pulumi config set --path 'hosts[0].ssh' NAME` …), or with none set those of the lab. */
export function hosts(count: number): linuxnet.Host[] {
  const configured = new pulumi.Config().getObject<linuxnet.HostArgs[]>("hosts");
  return (configured ?? labHosts(count)).map((args, i) => new linuxnet.Host(`host${i + 1}`, args));
}
