import { expect, onTestFinished, test } from "vitest";
import { useLab, useProject } from "./lab.js";
import { changes } from "./project.js";
import { onHost, tryOnHost } from "./snapshot.js";

const name = "t-container";
const lab = useLab(name, 1);
const project = useProject(name, lab);
const host = (line: string) => onHost(name, "host1", line);

// There is no Docker in the lab: a process in a network namespace of its own is the container, and this script says its number, as Docker does.
const DOCKER = `#!/bin/sh
[ "$*" = "container inspect --format {{.State.Pid}} web" ] || { echo "unexpected: $*" >&2; exit 64; }
cat /run/container-web 2>/dev/null || { echo; echo "Error response from daemon: No such container: web" >&2; exit 1; }
`;

/** Starts a container-like process, and says its number. */
const boot = () => host("unshare -n sleep 4711 >/dev/null 2>&1 </dev/null & p=$!; until ! [ /proc/$p/ns/net -ef /proc/self/ns/net ]; do sleep 0.05; done; echo $p | tee /run/container-web");
const halt = () => host("pkill -x -f 'sleep 4711' || true; echo 0 >/run/container-web");

async function withDocker(): Promise<void> {
  await host(`cat >/usr/local/bin/docker <<'END'\n${DOCKER}END\nchmod 755 /usr/local/bin/docker`);
  onTestFinished(async () => {
    await halt();
    await host("rm -f /usr/local/bin/docker /run/container-web");
  });
}

const program = (args: string, more = "") => `
  const host = new linuxnet.Host("host1", lab.hosts(1)[0]);
  const ns = new linuxnet.ContainerNamespace("web", { host, name: "web", ${args} });
  const lo = new linuxnet.LinkState("lo", { host, netns: ns.name, dev: "lo", up: true });
  new linuxnet.Address("a", { host, netns: ns.name, dev: lo.dev, address: "10.9.0.1/32" });
  ${more}`;

const failure = async () => {
  const done = await project().run("up", "--yes", "--skip-preview");
  expect(done.rc).not.toBe(0);
  return done.text;
};

test("a container's namespace gets a name, is followed when the container starts again, and is left to it", async () => {
  await withDocker();
  project().program(program('container: "web"'));
  expect(await failure()).toContain("cannot make ContainerNamespace web: Error response from daemon: No such container: web");
  await halt();
  expect(await failure()).toContain("cannot make ContainerNamespace web: the container web does not run");

  const first = await boot();
  await host("ip netns attach mine $(cat /run/container-web) && ip -n mine link add own type veth peer name own2 && ip netns del mine");
  await project().up();
  expect(await host(`nsenter -t ${first} -n ip -o addr show`)).toContain("10.9.0.1/32");
  expect(changes(await project().preview("--refresh"))).toEqual([]);

  await halt();
  const second = await boot();
  expect(changes(await project().preview("--refresh"))).toEqual(expect.arrayContaining(["replace ContainerNamespace web", "replace Address a"]));
  await project().up("--refresh");
  expect(await host(`nsenter -t ${second} -n ip -o addr show`)).toContain("10.9.0.1/32");
  expect(changes(await project().preview("--refresh"))).toEqual([]);

  // What the container made is its own, and so is the namespace.
  await host(`nsenter -t ${second} -n ip link add own type veth peer name own2`);
  await project().destroy();
  expect(await host("ip netns list")).toBe("");
  expect(await host(`nsenter -t ${second} -n ip -br link`)).toMatch(/lo +DOWN[^]*own@own2/);
});

test("a name that is taken is an error, and so is a namespace that is the host's own", async () => {
  await withDocker();
  const pid = await boot();
  await host("ip netns add web");
  project().program(program(`pid: ${pid}`));
  expect(await failure()).toContain("ContainerNamespace web is there already, and linuxnet did not make it");
  project().program(program(`pid: ${pid}, adopt: true`));
  expect(await failure()).toContain(`cannot adopt ContainerNamespace web: pid is null, not ${pid}, and cannot change in place`);
  await host("ip netns del web");
  project().program(program("pid: 1"));
  expect(await failure()).toContain("/proc/1/ns/net is the host's own network namespace");
  project().program(program(`pid: ${pid}`, 'new linuxnet.NetworkNamespace("other", { host, name: "web" });'));
  expect(await failure()).toContain("NetworkNamespace other: is the same object as ContainerNamespace web");
  project().program(program("pid: 1, path: '/x'"));
  expect(await failure()).toContain("ContainerNamespace web: container: one of container, pid and path is to be given");
});

test("a service's namespace is followed when the service starts anew", async () => {
  const service = (seconds: number) =>
    `const host = new linuxnet.Host("host1", lab.hosts(1)[0]);
     const web = new linuxnet.Service("web", { host, name: "web", command: ["unshare", "-n", "sleep", "${seconds}"], ready: { command: ["sh", "-c", "! [ /proc/self/ns/net -ef /proc/1/ns/net ]"] } });
     const ns = new linuxnet.ContainerNamespace("ns", { host, name: "web", pid: web.pid });
     new linuxnet.Address("a", { host, netns: ns.name, dev: "lo", address: "10.9.0.1/32" });`;
  project().program(service(5000));
  await project().up();
  const addresses = () => host("nsenter -t $(pgrep -x -f 'sleep 500[01]') -n ip -o addr show");
  expect(await addresses()).toContain("10.9.0.1/32");
  project().program(service(5001));
  await project().up();
  expect(await addresses()).toContain("10.9.0.1/32");
  await host("pkill -9 -x -f 'sleep 5001'");
  await project().up("--refresh");
  expect(await addresses()).toContain("10.9.0.1/32");
  expect(changes(await project().preview("--refresh"))).toEqual([]);
  await project().destroy();
  expect((await tryOnHost(name, "host1", "pgrep -f 'sleep 500[01]'")).text).toBe("");
});
