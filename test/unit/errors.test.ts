import { describe, expect, test } from "vitest";
import { HostError, meaning, PartialFailure, typed, type Reason } from "../../provider/errors.js";

/** What iproute2 6.1, dd and cat wrote on real hosts. */
const recorded: [Reason, RegExp | undefined, string[]][] = [
  ["absent", /network namespace is not there: wire it/, [
    'Cannot open network namespace "ns245": No such file or directory',
    'Error: argument "nosuch" is wrong: Invalid "netns" value',
  ]],
  ["absent", /Wire the property that names it/, [
    'Device "e0" does not exist.',
    'Cannot find device "nosuch"',
    "Cannot find bridge device",
    'Error: argument "nosuch" is wrong: Device does not exist',
    "Error: ipv4: FIB table does not exist.\nDump terminated",
    "Error: ipv6: FIB table does not exist.\nDump terminated",
    "dd: failed to open '/proc/sys/net/ipv4/conf/nosuch/forwarding': No such file or directory",
    "netlink error: no device matches name (offset 24)\nnetlink error: No such device",
  ]],
  ["absent", undefined, [
    "RTNETLINK answers: No such process",
    "RTNETLINK answers: No such file or directory",
    "RTNETLINK answers: Cannot assign requested address",
    'Cannot remove namespace file "/run/netns/nosuch": No such file or directory',
    "cat: /proc/sys/net/ipv4/conf/nosuch/forwarding: No such file or directory",
  ]],
  ["exists", undefined, [
    "RTNETLINK answers: File exists",
    'Cannot create namespace file "/run/netns/A": File exists',
    "Error: A VXLAN device with the specified VNI already exists.",
    "Error: ipv4: Address already assigned.",
  ]],
  ["unsupported", /load or install the module/, ["Error: Unknown device type.", "RTNETLINK answers: Operation not supported", "RTNETLINK answers: Address family not supported by protocol"]],
  ["unsupported", /install it there/, ["sh: 1: ethtool: not found", "bash: line 1: ethtool: command not found", 'exec of "ethtool" failed: No such file or directory']],
  ["denied", /must be root/, ["RTNETLINK answers: Operation not permitted", "RTNETLINK answers: Permission denied", "dd: failed to open '/proc/sys/net/ipv4/ip_forward': Permission denied", "mkdir: cannot create directory '/run/linuxnet': Read-only file system"]],
  ["busy", undefined, ["RTNETLINK answers: Device or resource busy"]],
  ["invalid", /add the address first .*onlink: true/, ["Error: Nexthop has invalid gateway.", "RTNETLINK answers: Network is unreachable"]],
  ["invalid", /link must be up/, ["Error: Device for nexthop is not up.", "RTNETLINK answers: Network is down"]],
  ["invalid", undefined, [
    "RTNETLINK answers: Invalid argument",
    "RTNETLINK answers: Numerical result out of range",
    "Error: Invalid prefix for given prefix length.",
    "Error: Attribute failed policy validation.",
    'Error: either "local" is duplicate, or "proto" is a garbage.',
    'Error: argument "16777216" is wrong: invalid id',
    "dd: error writing '/proc/sys/net/ipv4/ip_forward': Invalid argument",
  ]],
  ["other", undefined, ["Error: Cannot change VNI.", "Error: Can not enslave a bridge to a bridge.", ""]],
];

describe.each(recorded)("%s (%s)", (reason, hint, texts) => {
  test.each(texts)("%s", (text) => {
    const found = meaning(text);
    expect(found.reason).toBe(reason);
    if (hint) expect(found.hint).toMatch(hint);
    else expect(found.hint).toBeUndefined();
  });
});

describe("a command in a message", () => {
  test("reads as one would type it", () => {
    expect(typed(["ip", "-n", "ns245", "addr", "add", "fd00::1/64", "dev", "eth0@x"])).toBe("ip -n ns245 addr add fd00::1/64 dev eth0@x");
    expect(typed(["sysctl", "-w", "a=1 2"])).toBe("sysctl -w 'a=1 2'");
    expect(typed(["echo", "", "it's", "$(reboot)", "a\nb"])).toBe("echo '' 'it'\\''s' '$(reboot)' 'a\nb'");
  });

  test("without what it reads, and without the lines of a long script", () => {
    expect(typed(Object.assign(["tee", "f"], { input: "hunter2" }))).toBe("tee f");
    expect(typed(["sh", "-c", "\nexit\n", "linuxnet", "a b"])).toBe("sh -c … linuxnet 'a b'");
    expect(typed(["sh", "-c", "exit", "linuxnet"])).toBe("sh -c exit linuxnet");
    expect(typed(["eval", "a\nb"])).toBe("eval …");
  });
});

describe("an error of a host", () => {
  test("says where, what for, what was answered, the command, and what to do", () => {
    const error = new HostError("host1", "cannot make Route 172.246.0.0/24", { command: ["ip", "route", "add"], stderr: "Error: Nexthop has invalid gateway.\n" });
    expect(error.message).toBe(
      "host1: cannot make Route 172.246.0.0/24: Error: Nexthop has invalid gateway. (command: ip route add). No address on the link reaches the gateway: add the address first (dependsOn), or set `onlink: true`",
    );
    expect(error).toMatchObject({ name: "HostError", host: "host1", what: "cannot make Route 172.246.0.0/24", reason: "invalid", summary: "cannot make Route 172.246.0.0/24: Error: Nexthop has invalid gateway." });
    expect(error).toBeInstanceOf(Error);
  });

  test("is one line, however many its command wrote", () => expect(new HostError("h", "w", { stderr: "a\n  b\n\nc\n" }).message).toBe("h: w: a; b; c"));

  test("has only what there is to say", () => {
    expect(new HostError("h", "what").message).toBe("h: what");
    expect(new HostError("h", "what", { hint: "Do this" }).message).toBe("h: what. Do this");
    expect(new HostError("h", "what", { stderr: "It ends.", hint: "Do this" }).message).toBe("h: what: It ends. Do this");
    expect(new HostError("h", "what", { stderr: "File exists", hint: "" }).message).toBe("h: what: File exists");
  });

  test("takes the hint that it is given before the one for the answer", () => expect(new HostError("h", "w", { stderr: "Unknown device type", hint: "Mine" }).message).toBe("h: w: Unknown device type. Mine"));

  test("that left something behind keeps what is there, and why", () => {
    const cause = new HostError("h", "w");
    expect(new PartialFailure("id", { name: "br0" }, cause)).toMatchObject({ name: "PartialFailure", id: "id", outputs: { name: "br0" }, message: "h: w", cause });
  });
});
