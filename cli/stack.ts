/** The hosts in a stack's configuration, as examples/hosts.ts reads them. */
export async function hostsOfStack(stack: string | undefined): Promise<Record<string, unknown>[]> {
  const { execa } = await import("execa");
  const ran = await execa("pulumi", ["config", "--json", "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])], { reject: false, stdin: "ignore" });
  if (ran.failed) throw new Error(`The configuration of the stack cannot be read: ${ran.stderr?.trim() || ran.shortMessage}`);
  const entries = Object.entries(JSON.parse(ran.stdout) as Record<string, { value?: string }>);
  const value = entries.find(([key]) => key.endsWith(":hosts"))?.[1].value;
  if (value === undefined) throw new Error("The configuration of the stack names no hosts: pulumi config set --path 'hosts[0].ssh' node-a.example");
  return JSON.parse(value) as Record<string, unknown>[];
}
