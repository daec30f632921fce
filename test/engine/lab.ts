import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { down, info, lacks, up, type Ability, type Kernel } from "../../lab/index.js";
import { Project } from "./project.js";
import { snapshots, tryOnHost, type Snapshot } from "./snapshot.js";

/** What the tests of a file need of their hosts. */
export interface Needs {
  /** What their kernel must have: hosts whose tests need no more share the machine's kernel where it has all of it, which is quicker by far. The others are guests. */
  kernel?: readonly Ability[];
  /** Why no kernel but one of the host's own will do. */
  own?: string;
  /** Modules to load at first: those that then make devices of their own (ipip: `tunl0` in every namespace), so that these are there from the start. */
  modules?: readonly string[];
  /** What the hosts write outlives a power cut. */
  disks?: boolean;
}

/** What every host of a test is asked to do. */
const always: Ability[] = ["veth", "bridge", "conntrack"];

/** Whose kernel hosts are to run on. `KERNEL=own` has all tests on guests. */
function kernelFor({ kernel = [], own, modules = [] }: Needs): Kernel {
  if (own || modules.length > 0 || process.env.KERNEL === "own") return "own";
  return Object.keys(lacks([...always, ...kernel])).length > 0 ? "own" : "shared";
}

/** What an ability takes besides the kernel's having it. */
const starts: Partial<Record<Ability, string>> = {
  br_netfilter: "modprobe -q br_netfilter; sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1",
};

/**
 * What netfilter makes when it is first used, and the kernel keeps until it is booted: the settings of modules, the tables of
 * iptables-legacy, which are listed even when they are empty, and the chains of iptables-nft.
 */
const netfilter = `modprobe -qa nf_conntrack nf_log_syslog; for c in iptables ip6tables; do for t in filter nat mangle raw; do $c-legacy -t $t -S; done
! $c-nft -P INPUT ACCEPT || for at in "filter FORWARD" "filter OUTPUT" "nat PREROUTING" "nat INPUT" "nat OUTPUT" "nat POSTROUTING"; do $c-nft -t \${at% *} -P \${at#* } ACCEPT; done; done`;

/** Boots a lab for the tests of a file; `unchanged` insists that its hosts, or those named, are exactly as they were at first. */
export function useLab(name: string, count: number, needs: Needs = {}): { unchanged(hosts?: string[]): Promise<void> } {
  const all = Array.from({ length: count }, (_, i) => `host${i + 1}`);
  let before: Record<string, Snapshot>;
  const load = `{ ${[netfilter, ...(needs.kernel ?? []).map((ability) => starts[ability]), needs.modules && `modprobe -a ${needs.modules.join(" ")}`].filter(Boolean).join("; ")}; } >/dev/null 2>&1`;
  /** The boots of hosts for which that was done; a power cut takes it along. */
  const loaded = new Set<number | undefined>();
  const look = async (hosts: string[]) => {
    const booted = info(name)!.hosts.filter((host) => hosts.includes(host.name) && !loaded.has(host.pid));
    await Promise.all(booted.map((host) => tryOnHost(name, host.name, load)));
    for (const { pid } of booted) loaded.add(pid);
    return snapshots(name, hosts);
  };
  beforeAll(async () => {
    await up({ name, hosts: count, kernel: kernelFor(needs), disks: needs.disks });
    before = await look(all);
  });
  afterAll(() => down(name));
  return {
    async unchanged(hosts = all) {
      expect(await look(hosts)).toEqual(Object.fromEntries(hosts.map((h) => [h, before[h]])));
    },
  };
}

/** A project for each test of a file, destroyed after it; the hosts must then be exactly as before. */
export function useProject(name: string, lab: ReturnType<typeof useLab>): () => Project {
  let project: Project;
  beforeEach(() => {
    project = new Project({ env: { LINUXNET_LAB: name } });
  });
  afterEach(async () => {
    await project.destroy();
    await lab.unchanged();
    project.remove();
  });
  return () => project;
}
