import { execa } from "execa";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { info } from "../../lab/index.js";
import { ABI, provider } from "../../provider/index.js";
import { tryOnHost } from "./snapshot.js";

type Properties = Record<string, unknown>;

/** A way to the hosts of a lab that can be shut: logins that begin then wait until it is open, or they are admitted; sessions go on. */
export class Way {
  private readonly folder = mkdtempSync(join(tmpdir(), "linuxnet-way-"));
  private readonly gate = join(this.folder, "open");
  readonly sshConfig = join(this.folder, "ssh_config");

  /** @param by the client's address, where it is not the lab's own; or `IPv6` */
  constructor(lab: string, by?: string) {
    const { sshConfig, netns } = info(lab)!;
    const nc = `ip netns exec ${netns} nc.openbsd -N ${by && by !== "IPv6" ? `-s ${by} ` : ""}%h %p`;
    const proxy = `ProxyCommand sh -c 'until [ -e ${this.gate} ] || rm ${this.folder}/ticket 2>/dev/null; do sleep 0.1; done; exec ${nc}'`;
    const text = readFileSync(sshConfig, "utf8").replace(/ProxyCommand .*/, proxy);
    writeFileSync(this.sshConfig, by === "IPv6" ? text.replaceAll(/HostName 192\.168\.32\./g, "HostName fd00:32::") : text);
    this.open();
  }

  open(): void {
    writeFileSync(this.gate, "");
  }

  /** Admits one login, and no other. */
  admitOne(): void {
    writeFileSync(join(this.folder, "ticket"), "");
    rmSync(this.gate, { force: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A resource as Pulumi would have it made, without Pulumi. */
export function resource(kind: string, sshConfig: string, host: string, given: Properties) {
  const handlers = provider(kind, ABI);
  const inputs = async () => {
    const checked = await handlers.check({}, { ...given, host: { ssh: host, sshConfig }, owner: `test/test/${kind}/${Object.values(given).join(" ")}` });
    if (checked.failures.length > 0) throw new Error(JSON.stringify(checked.failures));
    return checked.inputs;
  };
  let state: { id: string; outs: Properties } | undefined;
  return {
    create: async () => void (state = await handlers.create(await inputs())),
    update: async (more: Properties) => void (state = { id: state!.id, ...(await handlers.update(state!.id, state!.outs, { ...(await inputs()), ...more })) }),
    delete: async () => handlers.delete(state!.id, state!.outs),
  };
}

/** Makes a resource in a process of its own, as another run of Pulumi would. */
export function elsewhere(kind: string, sshConfig: string, host: string, given: Properties) {
  const dist = resolve(__dirname, "../../dist/provider/index.js");
  const script = `const { provider, ABI } = require(${JSON.stringify(dist)}); const it = provider(${JSON.stringify(kind)}, ABI);
    it.check({}, ${JSON.stringify({ ...given, host: { ssh: host, sshConfig }, owner: `other/test/${kind}/it` })}).then(({ inputs }) => it.create(inputs))
      .then(() => (console.log("made"), process.exit(0)), (error) => (console.log(error.message), process.exit(1)));`;
  return execa(process.execPath, ["-e", script], { all: true, reject: false, stdin: "ignore" });
}

/** Waits until a command line succeeds on a host. */
export async function until(lab: string, host: string, line: string): Promise<void> {
  for (const end = Date.now() + 60_000; (await tryOnHost(lab, host, line)).rc !== 0; await sleep(100)) {
    if (Date.now() > end) throw new Error(`${host}: not within 60 s: ${line}`);
  }
}

/** The guarded change that is under way on a host has been made, and waits for a new login. */
export const applied = (lab: string, host: string) => until(lab, host, "grep -qs '^0 ' /run/linuxnet/.guard-*/*/done && ls /run/linuxnet/.guard-*/armed");
/** No guarded change is under way on a host. */
export const over = (lab: string, host: string) => until(lab, host, "! ls /run/linuxnet/.lock");

/** The processes of ssh that this one has started. */
export function ownSessions(): number[] {
  const all = readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean));
  return all.map(Number).filter((pid) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("ssh\0"));
}
