import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { boot, kill } from "../../lab/index.js";
import { closeAll } from "../../provider/host/pool.js";
import { applied, elsewhere, over, ownSessions, resource, until, Way } from "./guarded.js";
import { useLab } from "./lab.js";
import { onHost } from "./snapshot.js";

const name = "t-guard";
const lab = useLab(name, 1);
const told = vi.spyOn(console, "warn").mockImplementation(() => undefined);

let ways: Way[] = [];
/** A way of its own to the host, with a session of its own. */
const newWay = (from?: string) => {
  const way = new Way(name, from);
  ways.push(way);
  return way;
};
const address = (way: Way, n: number, confirmTimeout = 60) => resource("Address", way.sshConfig, "host1", { dev: "eth0", address: `10.77.0.${n}/24`, confirmTimeout });
const failure = async (doing: Promise<unknown>) => (await doing.then(() => expect.unreachable(), (error: Error) => error)).message;

beforeAll(() => void told.mockClear());
afterEach(async () => {
  await closeAll();
  for (const way of ways) way.remove();
  ways = [];
  await over(name, "host1");
  await lab.unchanged();
  told.mockClear();
});
afterAll(() => told.mockRestore());

describe("a right change", () => {
  test("is confirmed by a new login, and leaves nothing on the host but what it made", async () => {
    const one = address(newWay(), 1);
    await one.create();
    expect(await onHost(name, "host1", "ls -A /run/linuxnet; pgrep -f linuxne[t]/.guard || true; ip -br addr show eth0")).toMatch(/^address\S+\neth0\S* .*10\.77\.0\.1\/24/);
    await one.delete();
  });

  test("is confirmed though the session that made it is dead", async () => {
    const way = newWay();
    const one = address(way, 1);
    way.admitOne();
    const made = one.create();
    await applied(name, "host1");
    for (const pid of ownSessions()) process.kill(pid, "SIGKILL");
    way.open();
    await made;
    await one.delete();
  });

  test("waits for the one before it, of another process or of its own", async () => {
    const [theirWay, way] = [newWay(), newWay()];
    theirWay.admitOne();
    const theirs = elsewhere("Address", theirWay.sshConfig, "host1", { dev: "eth0", address: "10.77.0.3/24", confirmTimeout: 300 });
    await applied(name, "host1");
    const mine = [address(way, 4), address(way, 5)];
    let made = 0;
    const all = Promise.all(mine.map((one) => one.create().then(() => made++)));
    await until(name, "host1", "pgrep -f 'start' || true; sleep 3");
    expect(made).toBe(0);
    theirWay.open();
    await all;
    expect((await theirs).all).toBe("made");
    expect(await onHost(name, "host1", "ip -br addr show eth0")).toMatch(/10\.77\.0\.3\/24 10\.77\.0\.[45]\/24 10\.77\.0\.[45]\/24/);
    await Promise.all(mine.map((one) => one.delete()));
    await onHost(name, "host1", "ip addr del 10.77.0.3/24 dev eth0; rm -r /run/linuxnet");
  });

  test("needs no new login where the program refuses the guard", async () => {
    const way = newWay();
    way.admitOne();
    const mtu = resource("LinkState", way.sshConfig, "host1", { dev: "eth0", mtu: 1400, guard: false });
    await mtu.create();
    expect(await onHost(name, "host1", "cat /sys/class/net/eth0/mtu")).toBe("1400");
    await mtu.delete();
  });
});

describe("a change that nobody confirms", () => {
  test("is taken back though the controller is dead, and the next run is told", async () => {
    const [theirWay, way] = [newWay(), newWay()];
    theirWay.admitOne();
    const theirs = elsewhere("Address", theirWay.sshConfig, "host1", { dev: "eth0", address: "10.77.0.1/24", confirmTimeout: 8 });
    await applied(name, "host1");
    theirs.kill("SIGKILL");
    // The next one waits for that, and tells what became of it.
    const one = address(way, 2);
    await one.create();
    expect(await onHost(name, "host1", "ip -br addr show eth0; ls -A /run/linuxnet")).not.toMatch(/10\.77\.0\.1|guard|lock/);
    expect(told.mock.calls).toEqual([["warning: host1: a change that nobody confirmed was taken back (other/test/Address/it: make Address eth0 10.77.0.1/24): no new SSH connection confirmed it in time"]]);
    await one.delete();
  });

  test("is gone after a power cut, and the next one is made", async () => {
    const way = newWay();
    const one = address(way, 1);
    way.admitOne();
    const doing = failure(one.create());
    await applied(name, "host1");
    await kill(name, 1);
    way.open();
    await boot(name, 1);
    expect(await doing).toMatch(/^host1: knows nothing of what was to make Address eth0 10\.77\.0\.1\/24: it was restarted meanwhile/);
    await lab.unchanged();
    await closeAll(); // The next run has a session of its own; that of the one before may not know yet that it is dead.
    await one.create();
    await one.delete();
  });

  test("is taken back where a command of it fails, with what the command said", async () => {
    const route = resource("Route", newWay().sshConfig, "host1", { dst: "10.78.0.0/24", via: "10.79.0.1", dev: "eth0", guard: true, confirmTimeout: 60 });
    expect(await failure(route.create())).toMatch(/^host1: cannot make Route 254 10\.78\.0\.0\/24 0: Error: Nexthop has invalid gateway\. \(command: ip -4 route add [^)]*\)\. The host took back what was done of it$/);
  });

  test("tells what could not be put back", async () => {
    const way = newWay();
    await onHost(name, "host1", "ip link add v0 type veth peer name v1");
    const state = resource("LinkState", way.sshConfig, "host1", { dev: "v0", alias: "mine", guard: true, confirmTimeout: 15 });
    way.admitOne();
    const doing = failure(state.create());
    await applied(name, "host1");
    await onHost(name, "host1", "ip link del v0");
    await over(name, "host1");
    way.open();
    expect(await doing).toMatch(/took back what was to make LinkState v0, as a guard is asked for: .*\. It could not put back everything: is gone: link v0/);
  });
});
