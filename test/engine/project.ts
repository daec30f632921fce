import { execa } from "execa";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { engineEnv } from "../../lab/index.js";
import { stateIn } from "../../lab/local-state.js";

const root = resolve(__dirname, "../..");

/** What the CLI did. */
export interface Done {
  rc: number;
  /** Both streams, as a person sees them. */
  text: string;
  stdout: string;
}

/** A step of a preview. */
export interface Step {
  op: string;
  urn: string;
  /** The resource's own name. */
  name: string;
  type: string;
  inputs: Record<string, any>;
  diffReasons: string[];
}

/** A Pulumi project of a test's own, with its own state: a program in the package's tree, so that it finds the package as a user's does. */
export class Project {
  private readonly work: string;
  private begun?: Promise<unknown>;
  readonly folder: string;
  /** What its environment has besides. */
  readonly env: Record<string, string>;

  constructor(options: { name?: string; folder?: string; program?: string; env?: Record<string, string> } = {}) {
    mkdirSync(join(root, "test/engine/.work"), { recursive: true });
    this.work = mkdtempSync(join(root, "test/engine/.work/p-"));
    this.folder = options.folder ? join(root, options.folder) : this.work;
    this.env = options.env ?? {};
    mkdirSync(join(this.work, "state"));
    if (!options.folder) writeFileSync(join(this.work, "Pulumi.yaml"), `name: ${options.name ?? "test"}\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`);
    if (options.program !== undefined) this.program(options.program);
  }

  /** Sets the body of the program; `linuxnet`, `pulumi` and `lab` are at hand. */
  program(body: string): void {
    const head = ['const pulumi = require("@pulumi/pulumi");', 'const linuxnet = require("linuxnet");', 'const lab = require("linuxnet/lab");'];
    writeFileSync(join(this.work, "index.js"), [...head, body].join("\n"));
  }

  /** The command's environment. */
  async environment(): Promise<Record<string, string>> {
    return {
      ...(await engineEnv()),
      PULUMI_HOME: join(this.work, "home"),
      PULUMI_BACKEND_URL: stateIn(join(this.work, "state")),
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true", // A test of its own compiles all examples.
      NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "lean.cjs"))}`,
      ...this.env,
    } as Record<string, string>;
  }

  /** Starts a command of the CLI on the project's one stack. */
  async start(command: string, ...flags: string[]) {
    const env = await this.environment();
    const config = ["--config-file", join(this.work, "Pulumi.test.yaml")];
    await (this.begun ??= execa("pulumi", ["stack", "init", "test", "--non-interactive"], { cwd: this.folder, env }));
    const process = execa("pulumi", [...command.split(" "), ...flags, "--stack", "test", "--non-interactive", ...(/^(stack|cancel)/.test(command) ? [] : config)], { cwd: this.folder, env, all: true, reject: false, stdin: "ignore" });
    return { process };
  }

  /** Whether its state has anything, or may miss something that an interrupted run made. */
  private get deployed(): boolean {
    const stacks = join(fileURLToPath(this.env.PULUMI_BACKEND_URL ?? stateIn(join(this.work, "state"))), ".pulumi/stacks");
    const files = existsSync(stacks) ? readdirSync(stacks, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("/test.json")) : [];
    const states = files.map((file) => JSON.parse(readFileSync(join(stacks, file), "utf8")).checkpoint.latest ?? {});
    return states.some(({ resources, pending_operations: pending }) => resources?.length > 0 || pending?.length > 0);
  }

  /** Runs a command of the CLI to its end. */
  async run(command: string, ...flags: string[]): Promise<Done> {
    const { process } = await this.start(command, ...flags);
    const result = await process;
    return { rc: result.exitCode ?? -1, text: result.all ?? "", stdout: result.stdout };
  }

  /** Runs a command that must succeed. */
  async must(command: string, ...flags: string[]): Promise<Done> {
    const done = await this.run(command, ...flags);
    if (done.rc !== 0) throw new Error(`pulumi ${command} failed:\n${done.text}`);
    return done;
  }

  up(...flags: string[]): Promise<Done> {
    return this.must("up", "--yes", "--skip-preview", ...flags);
  }

  /** Takes all of it away; where nothing is there any more, at once. */
  async destroy(...flags: string[]): Promise<Done> {
    return this.deployed ? this.must("destroy", "--yes", "--skip-preview", ...flags) : { rc: 0, text: "", stdout: "" };
  }

  /** The steps that a preview plans. */
  async preview(...flags: string[]): Promise<Step[]> {
    const done = await this.must("preview", "--json", ...flags);
    const { steps } = JSON.parse(done.stdout.slice(done.stdout.indexOf("{"))) as { steps: any[] };
    return (steps ?? []).map((s) => {
      const parts = (s.urn as string).split("::");
      return { op: s.op, urn: s.urn, name: parts.at(-1)!, type: parts.at(-2)!.split("$").at(-1)!.split(":").at(-1)!, inputs: s.newState?.inputs ?? {}, diffReasons: s.diffReasons ?? [] };
    });
  }

  /** Ends the project: nothing of its files stays. */
  remove(): void {
    rmSync(this.work, { recursive: true, force: true });
  }
}

/** The steps that change something, as `op type name`. */
export function changes(steps: Step[]): string[] {
  return steps.filter((s) => !["same", "refresh", "read"].includes(s.op)).map((s) => `${s.op} ${s.type} ${s.name}`);
}
