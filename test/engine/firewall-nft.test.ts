import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { byIptables, story, type Stage } from "./firewall-story.js";
import { NamespaceHosts, unable } from "./namespaces.js";
import { Project } from "./project.js";

const chain = "ip linuxnet filter-INPUT";
/** The line of nft's list that holds a text, with the handle that it ends in. */
const found = (chain: string, text: string) => `line=$(nft -a list chain ${chain} | grep '${text}') && handle=\${line##* }`;

const hands: Record<string, Pick<Stage, "others" | "remove" | "edit">> = {
  "iptables-nft": byIptables("iptables-nft", "nft delete table ip filter; nft delete table ip nat"),
  nft: {
    others: {
      add: "nft 'table ip hand { chain in { type filter hook input priority 0; ip saddr 203.0.113.1 drop; ip saddr 203.0.113.2 accept comment \"an old hand\"; }; }'",
      show: "nft list table ip hand",
      remove: "nft delete table ip hand",
    },
    remove: (text) => `${found("ip linuxnet nat-PREROUTING", text)} && nft delete rule ip linuxnet nat-PREROUTING handle $handle`,
    edit: (text, from, to) => `${found(chain, text)} && nft replace rule ${chain} handle $handle "$(echo "$line" | sed 's/ # handle.*//; s/packets [0-9]* bytes [0-9]*//; s/${from}/${to}/')"`,
  },
};

// The lab's kernel has no nf_tables for IPv4, so that this machine's own plays the hosts.
describe.each(Object.keys(hands))("%s", (backend) => {
  const why = unable(backend);
  if (why) test.skip(`is not tried: ${why}`);

  describe.skipIf(why)("on this machine's kernel", () => {
    let hosts: NamespaceHosts;
    let project: Project;
    beforeEach(async () => {
      project = new Project();
      hosts = await NamespaceHosts.start(`t-${backend}`);
    });
    afterEach(async () => {
      await project.destroy();
      project.remove();
      await hosts.stop();
    });

    test("what is declared is what packets meet, other people's rules stay, changes leave no gap, drift is mended, nothing is left", async () => {
      await story(project, {
        backend,
        hosts: JSON.stringify(hosts.declared),
        env: {},
        first: "10.98.0.1",
        second: "10.98.0.2",
        first6: "fd00:98::1",
        second6: "fd00:98::2",
        on: (number, line) => hosts.on(number, line),
        firewall: () => hosts.firewall(),
        ...hands[backend]!,
      });
      expect((await hosts.on(1, "ls /run")).text).not.toContain("linuxnet");
    });
  });
});
