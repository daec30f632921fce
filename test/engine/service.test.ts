import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-service";
const lab = useLab(name, 1);
const project = useProject(name, lab);

/** Answers every connection with what its environment says; a daemon of its own making stays beside it. */
const SERVER = `use IO::Socket::INET; use POSIX; $| = 1; unless (fork) { POSIX::setsid; $SIG{TERM} = "IGNORE"; exec "sleep", "98765" }
my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "10.9.0.1", LocalPort => 9090, ReuseAddr => 1) or die "no port: $!\\n";
print "listening\\n"; while (my $c = $s->accept) { my $l = <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\n$ENV{SAYS}"; close $c }`;

/** A program with a server in a namespace; a route depends on that it is there. */
const program = (says: string, more: object = {}) => `
  const host = new linuxnet.Host("host1", lab.hosts(1)[0]);
  const ns = new linuxnet.NetworkNamespace("ns", { host, name: "ns1" });
  const lo = new linuxnet.LinkState("lo", { host, netns: ns.name, dev: "lo", up: true });
  const address = new linuxnet.Address("a", { host, netns: ns.name, dev: lo.dev, address: "10.9.0.1/32" });
  const web = new linuxnet.Service("web", { host, name: "web", netns: ns.name, command: ["perl", "-e", ${JSON.stringify(SERVER)}, "hello"],
    env: { SAYS: pulumi.secret(${JSON.stringify(says)}) }, ready: { http: "http://10.9.0.1:9090/" }, ...${JSON.stringify(more)} }, { dependsOn: address });
  new linuxnet.Address("b", { host, netns: ns.name, dev: lo.dev, address: "10.9.0.2/32" }, { dependsOn: web });
  exports.pid = web.pid;
  exports.log = web.log;`;

const ask = () => onHost(name, "host1", "ip netns exec ns1 curl -s --max-time 5 http://10.9.0.1:9090/");
const outputs = async () => JSON.parse((await project().must("stack output --json")).stdout) as { pid: number; log: string };
/** Every process on the host that a test's program started. */
const processes = () => onHost(name, "host1", "ps -eo args | grep -E 'perl|98765|linuxnet |dd ' | grep -v grep || true");
const files = (folder: string): string[] => readdirSync(folder).flatMap((f) => (statSync(join(folder, f)).isDirectory() ? files(join(folder, f)) : [join(folder, f)]));

// One story in one test: each chapter needs the one before.
test("a service runs on after the run, keeps its secret, is mended where it died, is started anew where it changes, and ends with all that it started", async () => {
  project().program(program("sesame-1"));
  await project().up();
  expect(await ask()).toBe("sesame-1");
  const first = await outputs();
  expect(await onHost(name, "host1", `cat ${first.log}; readlink /proc/${first.pid}/exe`)).toMatch(/listening\n.*perl/);
  expect(changes(await project().preview("--refresh"))).toEqual([]);
  expect((await project().up("--refresh")).text).toMatch(/Resources:\n\s+7 unchanged/);

  // No plain secret in the state, nor in anything on the host but the environment that the process itself has.
  const state = files(join(project().folder, "state")).map((f) => readFileSync(f, "utf8")).join("");
  expect(state).toContain('"hello"');
  expect(state).not.toContain("sesame-1");
  expect(await onHost(name, "host1", "ps -eo args | grep -c [s]esame || true; grep -rl '[s]esame' /run/linuxnet || true")).toBe("0");

  // Somebody ends it: what is seen is drift of this resource alone, and the daemon that it made is not left behind.
  await onHost(name, "host1", `kill -9 ${first.pid}; while kill -0 ${first.pid}; do sleep 0.05; done`);
  expect(await processes()).not.toContain("98765");
  expect(changes(await project().preview("--refresh"))).toEqual(["update Service web"]);
  await project().up("--refresh");
  expect(await ask()).toBe("sesame-1");
  const second = await outputs();
  expect(second.pid).not.toBe(first.pid);

  // Another environment is another process; nothing else changes, and nobody is told the secret.
  project().program(program("sesame-2"));
  expect(changes(await project().preview("--diff"))).toEqual(["update Service web"]);
  const done = await project().up("--diff");
  expect(done.text).toMatch(/Resources:\n\s+~ 1 updated\n\s+6 unchanged/);
  expect(done.text).not.toContain("sesame");
  expect(await ask()).toBe("sesame-2");
  expect((await processes()).match(/^sleep 98765$/gm)).toHaveLength(1);

  // The namespace is made anew by hand: the service is seen not to be in it.
  await onHost(name, "host1", "ip netns del ns1");
  await project().up("--refresh");
  expect(await ask()).toBe("sesame-2");

  await project().destroy();
  expect(await processes()).toBe("");
  await lab.unchanged();
});

test("a service that does not become ready fails with the end of its log, and leaves nothing; the change can be taken back", async () => {
  const dying = ["sh", "-c", "echo no luck today; exit 3"];
  project().program(program("x", { command: dying }));
  const failed = await project().run("up", "--yes", "--skip-preview");
  expect(failed.rc).not.toBe(0);
  expect(failed.text).toMatch(/cannot make Service web: it has ended with exit status 3; the end of its log:; no luck today/);
  expect((await tryOnHost(name, "host1", "ls -d /run/linuxnet/service:web")).rc).not.toBe(0);

  project().program(program("sesame-1"));
  await project().up();
  project().program(program("sesame-1", { command: ["sleep", "54321"], ready: { tcp: 9090, timeout: 1 } }));
  const slow = await project().run("up", "--yes", "--skip-preview");
  expect(slow.text).toMatch(/Service web was not there within 1 s: it is not ready: nothing of it listens on the TCP port/);
  project().program(program("sesame-1"));
  expect(changes(await project().preview())).toEqual(["update Service web"]);
  await project().up();
  expect(await ask()).toBe("sesame-1");
  expect(changes(await project().preview())).toEqual([]);
});

test("two resources cannot be one service, and none can be adopted", async () => {
  project().program(`${program("x", { adopt: true })}
    for (const n of ["one", "two"]) new linuxnet.Service(n, { host, name: "same", command: ["true"] });`);
  const done = await project().run("preview");
  expect(done.text).toContain("Service web: adopt: a service is what linuxnet starts itself: there is nothing to take over");
  expect(done.text).toContain("Service two: is the same object as Service one");
});
