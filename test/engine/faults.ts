import { readFileSync } from "node:fs";
import { boot, info, kill } from "../../lab/index.js";
import { children } from "./processes.js";
import type { Project } from "./project.js";
import { onHost } from "./snapshot.js";

/**
 * What stands in a host for `ip`, `bridge` and `tee`: it counts the commands that change something, and when it comes to the
 * one that is armed, it says so on the console and waits until the fault has been done; that command is then never run.
 */
const wrapper = (tool: string) => `#!/bin/sh
real=${tool}.real
step() {
  case " $* " in *" show "* | *" -V "* | *" netns exec "* | *" netns list "* | *" get "* | *" linuxnet0 "*) return ;; esac
  n=$(($(cat /run/fault/count) + 1))
  echo $n >/run/fault/count
  [ $n = "$(cat /run/fault/at)" ] || return 0
  echo "fault: before $n: \${0##*/} $*" >>/dev/console
  while [ ! -e /run/fault/done ]; do sleep 0.1; done
  exit 1
}
case " $* " in
*" -batch - "*)
  all=$*
  options=\${all%-batch -}
  line=0
  while read -r words; do
    line=$((line + 1))
    step $words
    $real $options $words || { echo "Command failed -:$line" >&2; exit 1; }
  done
  ;;
*) step "$@"; exec $real "$@" ;;
esac
`;

const tools = ["/usr/bin/ip", "/usr/sbin/bridge", "/usr/bin/tee"];

/** Makes a host count what is done to it, and stop before command `at`; 0 stops at none. */
export async function arm(lab: string, host: string, at: number): Promise<void> {
  const put = tools.map((tool) => `[ -e ${tool}.real ] || { cp ${tool} ${tool}.real; printf %s ${Buffer.from(wrapper(tool)).toString("base64")} | base64 -d >/run/fault/w; chmod 755 /run/fault/w; mv /run/fault/w ${tool}; }`);
  await onHost(lab, host, `mkdir -p /run/fault; rm -f /run/fault/done; echo 0 >/run/fault/count; echo ${at} >/run/fault/at; ${put.join("; ")}`);
}

/** How many commands were counted since `arm`. */
export async function counted(lab: string, host: string): Promise<number> {
  return Number(await onHost(lab, host, "cat /run/fault/count"));
}

/** Takes the counting away again. */
export async function disarm(lab: string, host: string): Promise<void> {
  await onHost(lab, host, `${tools.map((tool) => `[ ! -e ${tool}.real ] || mv ${tool}.real ${tool}`).join("; ")}; rm -rf /run/fault`);
}

/** What can befall a run, by name: done while a host waits before a command. */
export const faults = {
  "Pulumi killed": async ({ engine }) => void process.kill(engine, "SIGKILL"),
  "provider killed": async ({ engine }) => children(engine).providers.forEach((pid) => process.kill(pid, "SIGKILL")),
  "SSH cut": async ({ lab, host }) => void (await onHost(lab, host, "kill -9 $(pgrep -x sshd -a | sed -n 's/ sshd: root@notty//p' | grep -v \"^$PPID$\")")),
  "power cut": async ({ lab, host }) => {
    const k = Number(host.slice(4));
    await kill(lab, k);
    await boot(lab, k);
  },
} satisfies Record<string, (at: { lab: string; host: string; engine: number }) => Promise<void>>;

export type Fault = keyof typeof faults;

/** Runs `pulumi up` until a host comes to command `at`, does the fault there, and waits for the end of the run. Answers which command it was; undefined where the run came to its end before. */
export async function interrupt(project: Project, lab: string, host: string, at: number, fault: Fault): Promise<string | undefined> {
  await arm(lab, host, at);
  const console = `${info(lab)!.dir}/${host}/console.log`;
  const begun = readFileSync(console, "utf8").length;
  const said = () => /^fault: before \d+: (.*?)\s*$/m.exec(readFileSync(console, "utf8").slice(begun))?.[1];
  const { process: run } = await project.start("up", "--yes", "--skip-preview");
  let over = false;
  void run.finally(() => (over = true));
  while (!over && !said()) await new Promise((resolve) => setTimeout(resolve, 50));
  const command = said();
  if (command) await faults[fault]({ lab, host, engine: run.pid! });
  if (fault !== "power cut") await onHost(lab, host, "touch /run/fault/done");
  await run;
  if (fault !== "power cut") await disarm(lab, host);
  return command;
}

/** One cell of the matrix: after the fault, the next `up` must succeed with no hand work, carry a ping, and be undone by a destroy that leaves the hosts as they were. */
export async function survive(project: Project, cell: { lab: string; host: string; at: number; fault: Fault; works(): Promise<unknown>; unchanged(): Promise<void> }): Promise<string | undefined> {
  const command = await interrupt(project, cell.lab, cell.host, cell.at, cell.fault);
  if (cell.fault === "Pulumi killed") await project.run("cancel", "--yes"); // the lock of its state, which Pulumi itself asks for
  await project.up("--refresh");
  await cell.works();
  await project.destroy();
  await cell.unchanged();
  return command;
}
