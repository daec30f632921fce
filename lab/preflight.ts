/** What decides whether guests can run here. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Node's word for the processor: `x64`, `arm64`, … */
  arch: string;
  /** The effective user id; undefined where there are none. */
  uid: number | undefined;
  /** Whether `/dev/net/tun` is there. */
  tun: boolean;
}

const instead = "examples also run on hosts of your own: `pulumi config set --path 'hosts[0].ssh' NAME`";

/** Why no lab can be up on this machine, as one sentence with the way out; undefined when one can. */
export function obstacle({ platform, arch, uid, tun }: Machine): string | undefined {
  if (platform !== "linux") {
    const system = platform === "darwin" ? "macOS" : platform;
    return `The lab's hosts are User-Mode Linux guests, which cannot run on ${system}: use a Linux machine or virtual machine with an amd64 processor (${instead})`;
  }
  if (arch !== "x64") {
    return `The lab's hosts are User-Mode Linux guests, which exist for amd64 only and cannot run on ${arch}: use an amd64 Linux machine (${instead})`;
  }
  if (uid !== 0) return `The lab needs root, for a network namespace and taps of its own: run it again with sudo (${instead})`;
  if (!tun) return "The lab needs /dev/net/tun, to which its hosts are wired: `modprobe tun`, or in a container `--device /dev/net/tun`";
  return undefined;
}
