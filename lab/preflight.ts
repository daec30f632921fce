import { existsSync } from "node:fs";
import { refused } from "./trial.js";

/** What decides whether hosts can run here. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Node's word for the processor: `x64`, `arm64`, … */
  arch: string;
  /** The effective user id; undefined where there are none. */
  uid: number | undefined;
  /** Whether `/dev/net/tun` is there. */
  tun: boolean;
  /** What the kernel says when it is asked for what a host that shares it is made of; undefined where it has all of it. */
  refuses(): string | undefined;
}

/** The machine that this runs on. */
export const thisMachine = (): Machine => ({ platform: process.platform, arch: process.arch, uid: process.geteuid?.(), tun: existsSync("/dev/net/tun"), refuses: refused });

export const platform = (name: NodeJS.Platform) => (name === "darwin" ? "macOS" : name);

/** What can be done where no lab can be. */
export const way = "examples also run on hosts of your own: `pulumi config set --path 'hosts[0].ssh' NAME`";

/** Why only root can do what a lab needs, where this is not root. */
export const needsRoot = (uid: number | undefined) => (uid === 0 ? undefined : `The lab needs root, for namespaces and links of its own: run it again with sudo (${way})`);
