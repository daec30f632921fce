import type { Connection } from "./connection.js";
import { Group, groupId, type GroupSpec } from "./group.js";
import type { Ways } from "./guard.js";

interface Entry {
  group: Group;
  /** Whether something of it changes in this run. */
  changes: boolean;
  /** Whether all its members have had their turn. */
  complete: boolean;
}

/** The groups that one run of Pulumi has to do with, by owner. */
export class Groups {
  private readonly entries = new Map<string, Entry>();
  /** Those of which hosts say that they took something back, by the hosts' word for them. */
  private readonly lost = new Set<string>();

  constructor(private readonly waysTo: (host: Connection) => Ways) {}

  /** Begins a group: what its members change from now on waits for its end. */
  declare(spec: GroupSpec): void {
    this.entries.set(spec.owner, { group: new Group(spec, this.waysTo), changes: false, complete: false });
  }

  /** Notes that a member is to change. */
  change(owner: string): void {
    const entry = this.entries.get(owner);
    if (entry) entry.changes = true;
  }

  /** Notes that a host took something back. */
  lose(id: string): void {
    this.lost.add(id);
  }

  /** Ends the turn of the members; what goes later goes by itself. */
  complete(owner: string): void {
    const entry = this.entries.get(owner);
    if (entry) entry.complete = true;
  }

  /** Whether there is something to confirm. */
  changed(owner: string): boolean {
    return this.entries.get(owner)?.changes === true || this.lost.has(groupId(owner));
  }

  /** The group in which a change of a host is made: that which it belongs to, or that for which the host waits. */
  of(host: Connection, owner?: string): Group | undefined {
    const own = owner === undefined ? undefined : this.entries.get(owner);
    if (own && !own.complete) return own.group;
    return [...this.entries.values()].map(({ group }) => group).find((group) => group.open && group.has(host));
  }

  async confirm(owner: string): Promise<void> {
    await this.entries.get(owner)?.group.confirm();
  }

  /** Lets go of what was taken back, as the state has been told. */
  async forget(spec: GroupSpec): Promise<void> {
    await new Group(spec, this.waysTo).forget();
    this.lost.delete(groupId(spec.owner));
  }
}
