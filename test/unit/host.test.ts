import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../provider/host/connection.js";
import { Groups } from "../../provider/host/groups.js";
import { hostHandlers } from "../../provider/host/resource.js";
import { unknownValue } from "../../provider/unknown.js";
import { answering, recorded, twoUplinks } from "./recorded-host.js";

const connection = { ssh: "host1", verifyHostKey: true, sudo: false };
const facts = { kernel: "6.1.176", uplink: "eth0", mtu: 1500, address: "192.168.32.246", gateway: "192.168.32.1", linkKinds: ["bridge", "veth", "vxlan", "ipip"], iptables: "nf_tables" };
const bootId = recorded.boot;

/** Handlers for hosts that answer as recorded; those named in `down` do not. */
function handlers(down: string[] = [], answers: () => typeof recorded = () => recorded) {
  const opened: Connection[] = [];
  const open = async (c: Connection) => {
    opened.push(c);
    if (down.includes(c.ssh)) throw new Error(`${c.ssh}: cannot log in: Connection refused`);
    return answering(answers, c.ssh);
  };
  return { opened, ...hostHandlers(open, new Map(), new Groups(() => expect.unreachable())) };
}

const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
beforeEach(() => warned.mockClear());

describe("the check of a host", () => {
  test("meets it, and adds what it found and the way in", async () => {
    const { check } = handlers();
    expect(await check({}, { ssh: "host1" })).toMatchObject({ failures: [], inputs: { ...connection, connection, ...facts } });
  });

  test("adds nothing that a preview could not show again: no boot id, nothing undefined", async () => {
    const { inputs } = await handlers([], () => ({ ...recorded, routes: "[]" })).check({}, { ssh: "host1" });
    expect(Object.keys(inputs)).not.toContain("bootId");
    expect(inputs).toHaveProperty("gateway", null); // Left out, it would be unknown to a preview.
    expect(Object.values(inputs)).not.toContain(undefined);
  });

  test("is told which bridge the program makes of the uplink, and keeps that for a refresh", async () => {
    const { check, diff, read } = handlers();
    const { inputs } = await check({}, { ssh: "host1", uplinkBridge: "br0" });
    expect(inputs).toMatchObject({ uplink: "eth0", uplinkBridge: "br0" });
    expect((await read("host1", inputs)).inputs).toMatchObject({ uplink: "eth0", uplinkBridge: "br0" });
    expect(await diff("host1", inputs, (await check({}, { ssh: "host1" })).inputs)).toMatchObject({ changes: true, replaces: [] });
  });

  test("takes the uplink that is named", async () => {
    const { check } = handlers([], () => twoUplinks);
    expect((await check({}, { ssh: "host1", uplink: "e1" })).inputs).toMatchObject({ uplink: "e1", address: "10.2.0.2" });
    expect((await check({}, { ssh: "host1", uplink: "eth7" })).failures).toEqual([{ property: "ssh", reason: "host1: there is no link eth7: there are lo, e0, e1" }]);
  });

  test("tells every problem at once, and does not go to the host then", async () => {
    const { check, opened } = handlers();
    const { failures } = await check({}, { ssh: "-oProxyCommand=reboot", port: 70000, user: "-x", identityFile: "", uplink: "a/b", pasword: "x" });
    expect(failures.map((f) => f.property).sort()).toEqual(["identityFile", "pasword", "port", "ssh", "uplink", "user"]);
    expect(opened).toEqual([]);
  });

  test("passes what is not known yet, and its facts are not known then either", async () => {
    const { check, opened } = handlers();
    const { inputs, failures } = await check({}, { ssh: unknownValue, user: "root", uplink: "eth1" });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ssh: unknownValue, user: "root", kernel: unknownValue, address: unknownValue, uplink: "eth1" });
    expect(opened).toEqual([]);
  });

  test("meets a host once, however often it is checked, and all hosts of a program at the first", async () => {
    const { check, opened } = handlers();
    const all = [{ ssh: "host1" }, { ssh: "host2" }, { ssh: "host3", uplink: "eth0" }];
    for (const one of all) await check({}, { ...one, together: all, dryRun: true });
    expect(opened.map((c) => c.ssh).sort()).toEqual(["host1", "host2", "host3"]);
  });

  test("is not disturbed by another host of the program that is wrong, unknown or down", async () => {
    const { check } = handlers(["host2"]);
    const together = [{ ssh: "host1" }, { ssh: "host2" }, { ssh: "" }, { ssh: unknownValue }];
    expect((await check({}, { ssh: "host1", together })).inputs).toMatchObject(facts);
  });
});

describe("a host with a network manager that undoes what others make", () => {
  const busy = () => ({ ...recorded, managers: "runs systemd-network\nruns dhclient" });
  const text = 'warning: host1: systemd-networkd runs there and takes away routes, rules and addresses that it did not make whenever it configures a link: add `new linuxnet.UnmanagedLinks(';

  test("is a warning in a preview, in one line, and no fault", async () => {
    const { failures, inputs } = await handlers([], busy).check({}, { ssh: "host1", dryRun: true, declares: ["Bridge"] });
    expect(failures).toEqual([]);
    expect(inputs.managers).toEqual([{ name: "dhclient", leaves: [] }, { name: "systemd-networkd", leaves: [] }]);
    expect(warned.mock.calls.flat()).toEqual([expect.stringContaining(text)]);
    expect(warned.mock.calls.flat().join()).not.toContain("\n");
  });

  test("is none where the program keeps it from that, nor in an update", async () => {
    await handlers([], busy).check({}, { ssh: "host1", dryRun: true, declares: ["UnmanagedLinks"] });
    await handlers([], busy).check({}, { ssh: "host1", declares: [] });
    expect(warned).not.toHaveBeenCalled();
  });
});

describe("a host that cannot be reached", () => {
  const reason = "host1: cannot log in: Connection refused";

  test("fails an update, on its property `ssh`", async () => {
    expect((await handlers(["host1"]).check({}, { ssh: "host1" })).failures).toEqual([{ property: "ssh", reason }]);
    expect(warned).not.toHaveBeenCalled();
  });

  test("is a warning in a first preview, and its facts are not known", async () => {
    const { inputs, failures } = await handlers(["host1"]).check({}, { ssh: "host1", dryRun: true });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...connection, connection, kernel: unknownValue, mtu: unknownValue });
    expect(warned.mock.calls.flat().join()).toContain(reason);
  });

  test("is a warning in a later preview, and its facts are what was known", async () => {
    const { inputs } = await handlers(["host1"]).check({ ...connection, ...facts }, { ssh: "host1", dryRun: true });
    expect(inputs).toMatchObject(facts);
  });

  test("does not take over what was known of another machine", async () => {
    expect((await handlers(["host1"]).check({ ...connection, ...facts, ssh: "host0" }, { ssh: "host1", dryRun: true })).inputs).toMatchObject({ kernel: unknownValue });
    expect((await handlers(["host1"]).check({ ...connection, ...facts }, { ssh: "host1", port: 2222, dryRun: true })).inputs).toMatchObject({ kernel: unknownValue });
  });
});

test("a host on which linuxnet cannot work fails a preview too, with all that is wrong", async () => {
  const { failures } = await handlers([], () => ({ ...recorded, uid: "1000" })).check({}, { ssh: "host1", dryRun: true });
  expect(failures).toEqual([{ property: "ssh", reason: expect.stringMatching(/^host1: the login is user id 1000, not root\. Log in as root/) }]);
  expect(warned).not.toHaveBeenCalled();
});

describe("what becomes of a host", () => {
  const state = { ...connection, ...facts };

  test("is nothing when nothing changed", async () => expect(await handlers().diff("host1", state, { ...state })).toMatchObject({ changes: false, replaces: [] }));

  test("is an update when it has another kernel, or another way in", async () => {
    expect(await handlers().diff("host1", state, { ...state, kernel: "6.2.0" })).toMatchObject({ changes: true, replaces: [] });
    expect(await handlers().diff("host1", state, { ...state, user: "root", sudo: true })).toMatchObject({ changes: true, replaces: [] });
  });

  test("is another host when it has another name or port", async () => {
    expect(await handlers().diff("host1", state, { ...state, ssh: "host2" })).toMatchObject({ changes: true, replaces: ["ssh"] });
    expect(await handlers().diff("host1", state, { ...state, port: 2222 })).toMatchObject({ changes: true, replaces: ["port"] });
  });
});

describe("a host as a resource", () => {
  test("is named by what one gives to ssh, and has its boot as an output", async () => {
    const { check, create } = handlers();
    const { inputs } = await check({}, { ssh: "host1", port: 2222 });
    expect(await create(inputs)).toEqual({ id: "host1:2222", outs: { ...inputs, bootId } });
  });

  test("is met when it is made without a check before, as after an interrupted update", async () => {
    const { create, opened } = handlers();
    expect((await create({ ...connection, ...facts })).outs).toMatchObject({ bootId });
    expect(opened).toHaveLength(1);
  });

  test("shows in a refresh what it is now", async () => {
    let answers = recorded;
    const { check, read } = handlers([], () => answers);
    const { inputs } = await check({}, { ssh: "host1" });
    answers = { ...recorded, kernel: "6.2.0", boot: "another" };
    const now = await read("host1", { ...inputs, bootId });
    expect(now).toMatchObject({ id: "host1", props: { ...facts, kernel: "6.2.0", bootId: "another" }, inputs: { ...connection, connection, kernel: "6.2.0" } });
    expect(Object.keys(now.inputs!)).not.toContain("bootId");
  });

  test("is found in a refresh by another name of its uplink", async () => {
    let answers = recorded;
    const { check, read } = handlers([], () => answers);
    const { inputs } = await check({}, { ssh: "host1" });
    answers = JSON.parse(JSON.stringify(recorded).replaceAll("eth0", "ens3")) as typeof recorded;
    expect((await read("host1", { ...inputs, bootId })).props).toMatchObject({ uplink: "ens3" });
  });

  test("stays where it is when it is deleted", async () => {
    const all = handlers();
    await all.delete("host1", {});
    expect(all.opened).toEqual([]);
  });
});
