import type { Argv } from "../kind.js";
import { abilities, managersFound } from "./abilities.js";
import { readMet, type Met } from "./facts.js";
import { essentials, type Finding } from "./findings.js";
import { clock, obstacles, sshServer } from "./obstacles.js";
import { ask, questions, script } from "./questions.js";
import type { Session } from "./session.js";

/** What a host is asked besides when somebody wants to know how it is. */
const more = {
  // To ask a table of rules makes the kernel load what it takes: those of the other flavour are asked only where it has.
  forward: script(`[ "$(id -u)" = 0 ] || echo unseen
iptables -S FORWARD 2>/dev/null | head -n 1
grep -qsx filter /proc/net/ip_tables_names && iptables-legacy -S FORWARD 2>/dev/null | head -n 1
nft list chains 2>/dev/null; :`),
  reverse: script('for file in /proc/sys/net/ipv4/conf/*/rp_filter; do read -r value <"$file"; link=${file%/*}; echo "${link##*/} $value"; done'),
  bridged: script("value=; { read -r value </proc/sys/net/bridge/bridge-nf-call-iptables; } 2>/dev/null; echo $value"),
  sshd: script("sshd -T 2>/dev/null | grep -E '^max(startups|sessions) ' || :"),
} satisfies Record<string, Argv>;

/** Looks at everything on a host that linuxnet depends on, and changes nothing. */
export async function examine(session: Session, uplink?: string): Promise<Finding[]> {
  const asked = ask(session, { ...questions, ...more });
  const { stdout, before, after } = await timed(session);
  const answers = await asked;
  const basic = essentials(answers, session.sudo);
  // Where these are wrong, the rest cannot be read either.
  if (basic.some(({ level }) => level === "fault")) return basic;
  let met: Met;
  try {
    met = readMet(answers, session.host, uplink);
  } catch (error) {
    return [...basic, { subject: "host", level: "fault", found: (error as Error).message }];
  }
  const { forward, reverse, bridged, sshd } = answers;
  return [
    ...basic,
    ...abilities(met),
    ...managersFound(met),
    ...obstacles(met.uplink, { forward: forward.text, reverse: reverse.text, bridged: bridged.text }),
    sshServer(sshd.text),
    clock(Number(stdout), before, after),
  ];
}

async function timed(session: Session): Promise<{ stdout: string; before: number; after: number }> {
  const before = Date.now() / 1000;
  const ran = await session.run([["date", "+%s"]]);
  return { stdout: ran.stdout.toString().trim(), before, after: Date.now() / 1000 };
}
