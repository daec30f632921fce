import { spawn } from "node:child_process";
import { MarkedStream } from "../../provider/host/marked-stream.js";
import { frame, preamble, readBatchFailure } from "../../provider/host/shell.js";
import type { Argv } from "../../provider/kind.js";

/** A shell on this machine that is told what a session tells one on a host, with its register in another folder. */
export function localShell(env: NodeJS.ProcessEnv = process.env, register = "/nonexistent/linuxnet", sudo = false) {
  const sh = spawn("/bin/sh", [], { env, stdio: ["pipe", "pipe", "pipe"] });
  const mark = "linuxnet-mark";
  const [out, err] = [new MarkedStream(mark), new MarkedStream(mark)];
  sh.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  sh.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  sh.stdin.write(preamble(sudo).replaceAll("/run/linuxnet", register));
  const ended = new Promise<void>((resolve) => sh.on("close", () => resolve()));
  let id = 0;
  return {
    async run(commands: readonly Argv[], options?: Parameters<typeof frame>[3]) {
      sh.stdin.write(frame(mark, ++id, commands, { ...options, sudo }));
      const [stdout, stderr] = await Promise.all([out.next(), err.next()]);
      const [, rc, done] = stdout.says.split(" ");
      const failure = readBatchFailure(stderr.data.toString());
      return { stdout: stdout.data, stderr: failure.stderr, rc: Number(rc), done: Number(done) + failure.done };
    },
    async close() {
      sh.stdin.end();
      await ended;
    },
  };
}
