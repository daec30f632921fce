import { beforeEach, describe, expect, test } from "vitest";
import { HostError } from "../../provider/errors.js";
import { connection } from "../../provider/host/connection.js";
import { Groups } from "../../provider/host/groups.js";
import { groupId, type GroupSpec, type Reach } from "../../provider/host/group.js";
import type { GuardedChange } from "../../provider/host/guard-program.js";
import type { Session } from "../../provider/host/session.js";
import { TakenBack } from "../../provider/host/taken-back.js";

const [a, b] = ["a", "b"].map((ssh) => connection.parse({ ssh }));
const owner = "net/dev/Atomic/both";
const change = (what: string, group?: string): GuardedChange => ({ owner: "net/dev/mine", what, why: "it belongs to both", claims: [], commands: [], undo: [], touched: ["claim file"], seconds: 30, group });

/** What was asked of which host, and what the hosts answer by that; else what they answer when all is well. */
let asked: string[];
let answers: Record<string, string | Error>;
const well: Record<string, string> = { start: "applied", join: "applied", await: "applied", agree: "agreed", finish: "confirmed", abort: "rolledback\ntitle it\nwhy aborted" };

const session = (host: string): Session => ({
  host,
  ended: new Promise(() => undefined),
  close: async () => undefined,
  async run([command]) {
    const [, verb, , first] = /^\(set -- '(\w+)' '(\S+)'(?: '(\w+)')?/.exec(command![1] ?? "") ?? [undefined, command!.join(" ")];
    const said = `${host} ${verb}${verb === "join" ? ` ${first}` : ""}`;
    asked.push(said);
    const answer = answers[said] ?? well[verb!] ?? "";
    if (answer instanceof Error) throw answer;
    return { rc: answer === "fails" ? 1 : 0, stdout: Buffer.from(`${answer}\n`), stderr: "", done: 1 };
  },
});
const ways = ({ ssh }: { ssh: string }) => ({ session: async () => session(ssh), login: async () => session(ssh) });

let groups: Groups;
const declare = (more: Partial<GroupSpec> = {}) => {
  groups = new Groups(ways);
  groups.declare({ owner, hosts: [{ connection: b!, addresses: ["10.0.0.2"] }, { connection: a!, addresses: ["10.0.0.1"] }], seconds: 30, reaches: [], ...more });
};
const join = (host: typeof a, what = "make it") => groups.of(host!, owner)!.join(host!, change(what, owner), async (fresh) => (asked.push(`${fresh.host} looks`), what));
const failure = async (doing: Promise<unknown>) => {
  const error = await doing.then(() => expect.unreachable(), (e: Error) => e);
  expect(error).toBeInstanceOf(TakenBack);
  return error.message;
};

beforeEach(() => {
  asked = [];
  answers = {};
  declare();
});

describe("changes of several hosts", () => {
  test("begin when all hosts watch, each one after the other, and are held until all agree", async () => {
    expect(await join(b)).toBe("make it");
    await join(b, "change it");
    await join(a);
    expect(asked.filter((x) => !x.endsWith("await"))).toEqual(["a start", "b start", "b join 1", "b looks", "b join 2", "b looks", "a join 1", "a looks"]);
    asked = [];
    await groups.confirm(owner);
    expect(asked).toEqual(["b await", "a await", "b agree", "a agree", "b finish", "a finish"]);
    expect(groups.of(a!)).toBeUndefined();
  });

  test("are not begun where one host cannot watch, and the others let go", async () => {
    answers["b start"] = "lacks awk";
    expect(await failure(join(a))).toMatch(/^b: cannot hold what it is given under guard, as it belongs to .*: there is no awk\..* Every host of the group goes back to what it was/);
    expect(asked).toEqual(["a start", "a await", "b start", "b abort", "a abort"]);
  });

  test("are taken back on every host where one fails, and no other is begun then", async () => {
    await join(a);
    answers["b join 1"] = "rolledback\ntitle it\nwhy a command failed\ndone 2 0\nerr no";
    expect(await failure(join(b))).toMatch(/^b: cannot make it: no\. The host took back what was done of it\. Every host of the group goes back to what it was/);
    expect(asked.filter((x) => x.includes("abort"))).toEqual(["b abort", "a abort"]);
    asked = [];
    expect(await failure(join(a, "make another"))).toMatch(/^b: cannot make it/);
    expect(await failure(groups.confirm(owner))).toMatch(/^b: cannot make it/);
    expect(asked).toEqual([]);
  });

  test.each(["agree", "finish"])("are taken back on every host where one does not %s, also by those that had agreed", async (verb) => {
    await join(a);
    answers[`b ${verb}`] = "rolledback\ntitle it\nwhy no answer from 10.0.0.1, which answered before";
    expect(await failure(groups.confirm(owner))).toMatch(/^b: took back what was changed for net\/dev\/Atomic\/both: no answer from 10\.0\.0\.1, which answered before\. Every host/);
    expect(asked.filter((x) => x.includes("abort"))).toEqual(["b abort", "a abort"]);
  });

  test("are taken back where what should answer does not", async () => {
    const reach: Reach = { from: a!, netns: "ns1", to: "10.9.9.9" };
    declare({ reaches: [reach], seconds: 0.2 });
    answers["a ip netns exec ns1 ping -n -c 1 -W 1 10.9.9.9"] = "fails";
    await join(a);
    expect(await failure(groups.confirm(owner))).toMatch(/^a: no answer from 10\.9\.9\.9 in the namespace ns1\. Every host/);
  });

  test("cannot go on where the state does not know that they were taken back", async () => {
    answers["a start"] = "rolledback\ntitle it\nwhy aborted";
    expect(await failure(join(b))).toMatch(/^a: took back what was changed for net\/dev\/Atomic\/both: aborted\..*run `pulumi up --refresh`/);
    declare();
    answers["a await"] = "rolledback\ntitle it\nwhy aborted";
    answers["b await"] = "gone";
    expect(await failure(groups.confirm(owner))).toMatch(/^a: took back what was changed/);
    answers["a await"] = "gone";
    await groups.confirm(owner);
  });

  test("take in what is changed of their hosts meanwhile, and nothing once all had their turn", async () => {
    expect(groups.of(a!)).toBeUndefined();
    await join(b);
    expect(groups.of(a!)).toBe(groups.of(b!, owner));
    expect(groups.of(connection.parse({ ssh: "c" }))).toBeUndefined();
    groups.complete(owner);
    await groups.confirm(owner);
    expect(groups.of(a!, owner)).toBeUndefined();
  });

  test("are confirmed where something of them changes, or was lost", () => {
    expect(groups.changed(owner)).toBe(false);
    groups.change(owner);
    expect(groups.changed(owner)).toBe(true);
    declare();
    expect(groups.changed(owner)).toBe(false);
    groups.lose(groupId(owner));
    expect(groups.changed(owner)).toBe(true);
    expect(groups.changed("net/dev/Atomic/other")).toBe(false);
  });

  test("do not wait for a host that is dead", async () => {
    await join(a);
    answers["b agree"] = new HostError("b", "the SSH session is lost");
    answers["b abort"] = new HostError("b", "cannot log in");
    expect(await groups.confirm(owner).catch((e: Error) => e.message)).toMatch(/^b: the SSH session is lost\. Every host/);
    expect(asked).toContain("a abort");
  });
});
