import { describe, expect, test } from "vitest";
import { lacks, type Ability } from "../../lab/index.js";
import { byIptables, story, type Stage } from "./firewall-story.js";
import { useLab, useProject } from "./lab.js";
import { firewall, onHost, tryOnHost } from "./snapshot.js";

const chain = "ip linuxnet filter-INPUT";
/** The line of nft's list that holds a text, with the handle that it ends in. */
const found = (chain: string, text: string) => `line=$(nft -a list chain ${chain} | grep '${text}') && handle=\${line##* }`;

const hands: Partial<Record<Ability, Pick<Stage, "others" | "remove" | "edit">>> = {
  "iptables-legacy": byIptables("iptables-legacy"),
  "iptables-nft": byIptables("iptables-nft"),
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

/** What guests have as well. */
const own: Ability[] = ["iptables-legacy"];

describe.each(Object.keys(hands) as Ability[])("%s", (backend) => {
  const why = own.includes(backend) ? undefined : lacks([backend])[backend];
  if (why) return test.skip(`is not tried: this machine's kernel does not take it: ${why}`);
  const name = `t-${backend}`;
  const current = useProject(name, useLab(name, 2, { kernel: [backend] }));

  test("what is declared is what packets meet, other people's rules stay, changes leave no gap, drift is mended, nothing is left", async () => {
    await story(current(), {
      backend,
      hosts: "lab.hosts(2)",
      env: { LINUXNET_LAB: name },
      first: "192.168.32.245",
      second: "192.168.32.246",
      first6: "fd00:32::245",
      second6: "fd00:32::246",
      on: (number, line) => tryOnHost(name, `host${number}`, line),
      firewall: () => onHost(name, "host1", firewall),
      ...hands[backend]!,
    });
    expect(await onHost(name, "host1", "ls /run")).not.toContain("linuxnet");
  });
});
