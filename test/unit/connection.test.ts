import { homedir } from "node:os";
import { describe, expect, test } from "vitest";
import { connection, machine, sshArguments } from "../../provider/host/connection.js";

const args = (given: Record<string, unknown>) => sshArguments(connection.parse(given));
const options = (given: Record<string, unknown>) => {
  const all = args(given);
  return Object.fromEntries(all.flatMap((arg, i) => (all[i - 1] === "-o" ? [arg.split(/=([^]*)/).slice(0, 2) as [string, string]] : [])));
};

describe("the command line of ssh", () => {
  test("ends with the destination, which cannot be taken for an option, and a shell", () => {
    expect(args({ ssh: "host1" }).slice(-3)).toEqual(["--", "host1", "exec sh"]);
    expect(args({ ssh: "me@host1", sudo: true }).slice(-3)).toEqual(["--", "me@host1", `exec sudo -n sh -c 'SSH_CONNECTION=$1; export SSH_CONNECTION; exec sh' sh "$SSH_CONNECTION"`]);
  });

  test("says only what the person said, and leaves the rest to their configuration", () => {
    expect(Object.keys(options({ ssh: "h" }))).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(Port|User|IdentityFile|IdentitiesOnly|UserKnownHostsFile|StrictHostKeyChecking)$/)]));
    expect(args({ ssh: "h" })).not.toContain("-F");
    expect(options({ ssh: "h", port: 2222, user: "me" })).toMatchObject({ Port: "2222", User: "me" });
    expect(args({ ssh: "h", sshConfig: "/a b/config" }).slice(0, 2)).toEqual(["-F", "/a b/config"]);
    expect(args({ ssh: "h", sshConfig: "~/.ssh/other" }).slice(0, 2)).toEqual(["-F", `${homedir()}/.ssh/other`]);
    expect(args({ ssh: "h", sshConfig: "~other/config" }).slice(0, 2)).toEqual(["-F", "~other/config"]);
    expect(options({ ssh: "h", identityFile: "/k %h/id", knownHosts: "~/known" })).toMatchObject({ IdentityFile: '"/k %%h/id"', IdentitiesOnly: "yes", UserKnownHostsFile: '"~/known"' });
  });

  test("asks nothing, shares no connection, forwards nothing, and notices a dead host", () => {
    const asked = options({ ssh: "h" });
    expect(asked).toMatchObject({ BatchMode: "yes", ControlMaster: "no", ControlPath: "none", ClearAllForwardings: "yes", ForwardAgent: "no", RequestTTY: "no" });
    // ssh gives up when one more is due than may go unanswered.
    expect(Number(asked.ServerAliveInterval) * (Number(asked.ServerAliveCountMax) + 1)).toBeLessThan(15);
  });

  test("verifies the host's key unless that is turned off by name", () => {
    expect(options({ ssh: "h", verifyHostKey: false })).toMatchObject({ StrictHostKeyChecking: "no", UserKnownHostsFile: "/dev/null" });
    expect(options({ ssh: "h", verifyHostKey: true })).not.toHaveProperty("StrictHostKeyChecking");
  });
});

describe("a way into a host", () => {
  test.each([
    { ssh: "" },
    { ssh: "-oProxyCommand=reboot" },
    { ssh: "a b" },
    { ssh: "a\nb" },
    {},
    { ssh: "h", port: 0 },
    { ssh: "h", port: 65536 },
    { ssh: "h", port: 22.5 },
    { ssh: "h", port: "22" },
    { ssh: "h", user: "-l" },
    { ssh: "h", user: "a b" },
    { ssh: "h", user: "" },
    { ssh: "h", identityFile: "" },
    { ssh: "h", password: "x" },
    { ssh: "h", sudo: "yes" },
  ])("is not %j", (given) => expect(connection.safeParse(given).success).toBe(false));

  test("verifies the key and does without sudo where nothing is said", () => expect(connection.parse({ ssh: "h" })).toEqual({ ssh: "h", verifyHostKey: true, sudo: false }));

  test("says which machine it leads to by the destination and the port", () => {
    expect(machine({ ssh: "h" })).toBe("h");
    expect(machine({ ssh: "h", port: 22 })).toBe("h:22");
  });
});
