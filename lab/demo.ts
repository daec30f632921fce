#!/usr/bin/env node
import { styleText } from "node:util";
import { engineEnv } from "./engine.js";
import { hand } from "./hand.js";
import { up } from "./lab.js";
import { root, withLocalState } from "./local-state.js";
import { capture } from "./packets.js";
import { attempt } from "./run.js";

const heading = (text: string) => console.log(`\n${styleText("bold", text)}`);
const typed = (command: string) => console.log(styleText("cyan", `$ ${command}`));

/** Boots two hosts, gives them a VXLAN overlay by `pulumi up`, and shows a ping cross it. Can be run again and again. */
async function demo(): Promise<number> {
  process.chdir(root);
  heading("1. The Pulumi engine");
  // The example is type-checked by the tests; here that would only take time.
  const env: NodeJS.ProcessEnv = { ...withLocalState(await engineEnv()), PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
  console.log((await attempt(["pulumi", "version"], { env: env as Record<string, string> })).stdout.trim());

  heading("2. Two hosts, each with a Linux kernel of its own");
  const lab = await up({ hosts: 2, onProgress: (text) => console.log(text) });
  for (const host of lab.hosts) {
    const { stdout } = await attempt(["ssh", "-F", lab.sshConfig, host.name, "echo kernel $(uname -r), booted $(cut -c1-8 /proc/sys/kernel/random/boot_id)…"]);
    console.log(`${host.name}  ${host.address}  ${stdout.trim()}`);
  }

  heading("3. The overlay of examples/vxlan-overlay");
  await attempt(["pulumi", "stack", "select", "--create", "demo"], { env: env as Record<string, string> });
  // The hosts may be others than those of an earlier run, whose state is still here.
  typed("pulumi up --yes --refresh");
  const status = await hand(["pulumi", "up", "--yes", "--refresh", "--stack", "demo"], env);
  if (status !== 0) return status;

  heading("4. A ping from ns245 on host1 to ns246 on host2, and what it was on the wire between the hosts");
  const wire = await capture({ filter: "udp port 8472", payload: "vxlan" });
  const ping = ["ip", "netns", "exec", "ns245", "ping", "-c", "3", "-i", "0.3", "-W", "2", "172.246.0.2"];
  typed(`npm run lab -- ssh 1 ${ping.join(" ")}`);
  const answer = await attempt(["ssh", "-F", lab.sshConfig, "host1", ...ping]);
  console.log(answer.stdout.trim());
  console.log("\nouter packet, UDP port 8472, and the packet that it carried:");
  for (const line of (await wire.stop()).slice(0, 2)) console.log(`  ${line.replace(" | ", "\n    carrying ")}`);
  if (answer.code !== 0) return answer.code;

  heading("What to try next");
  console.log(`  npm run pulumi -- preview                            nothing to do
  npm run lab -- ssh 1 ip link set br245 mtu 1300      change something by hand …
  npm run pulumi -- up --refresh                       … see it, and have it repaired
  npm run lab -- kill 2; npm run lab -- boot 2         cut a host's power, then \`up --refresh\` again
  npm run pulumi -- destroy                            the hosts are as they were
  npm run lab -- down                                  and the hosts are gone`);
  return 0;
}

demo().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
