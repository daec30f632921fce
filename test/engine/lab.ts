import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { down, up, type UpOptions } from "../../lab/index.js";
import { Project } from "./project.js";
import { onHost, snapshots, type Snapshot } from "./snapshot.js";

/**
 * What netfilter makes when it is first used, and the kernel keeps until it is booted: the settings of modules, and the tables of
 * iptables-legacy, which are listed even when they are empty.
 */
const netfilter = "modprobe -a nf_conntrack nf_log_syslog; for c in iptables-legacy ip6tables-legacy; do for t in filter nat mangle raw; do $c -t $t -S; done; done >/dev/null";

/**
 * Boots a lab for the tests of a file; `unchanged` insists that its hosts, or those named, are exactly as they were at first.
 * Modules that make devices of their own when they are loaded (ipip: `tunl0` in every namespace) are to be named, so that
 * these are there from the start.
 */
export function useLab(name: string, count: number, modules: string[] = [], options: UpOptions = {}): { unchanged(hosts?: string[]): Promise<void> } {
  const all = Array.from({ length: count }, (_, i) => `host${i + 1}`);
  let before: Record<string, Snapshot>;
  const load = [netfilter, ...(modules.length > 0 ? [`modprobe -a ${modules.join(" ")}`] : [])].join("; ");
  const look = async (hosts: string[]) => {
    await Promise.all(hosts.map((host) => onHost(name, host, load))); // A power cut takes modules along.
    return snapshots(name, hosts);
  };
  beforeAll(async () => {
    await up({ name, hosts: count, ...options });
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
