import * as pulumi from "@pulumi/pulumi";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";

// The plugin of @pulumi/command cannot be had everywhere, so the command itself is not run here: what it is given, and what it waits for, Pulumi's mocks tell.
const made: { type: string; inputs: Record<string, any> }[] = [];

beforeAll(async () => {
  process.env.PULUMI_CONFIG = JSON.stringify({
    "composition-app:network": "organization/composition-network/dev",
    "composition-app:ask": "true",
    "composition-app:privateKey": "a key",
    "composition-app:hosts": JSON.stringify([{ ssh: "a" }, { ssh: "b" }]),
  });
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: async ({ type, name, inputs }) => {
        if (type.endsWith(":Service")) await pause(100); // As long as it is being made, nothing that waits for it comes.
        made.push({ type, inputs });
        const places = [1, 2].map((i) => ({ netns: `ns${i}`, address: `10.42.${i}.2` }));
        return { id: `${name}-id`, state: type === "pulumi:pulumi:StackReference" ? { ...inputs, outputs: { places }, secretOutputNames: [] } : { ...inputs, pid: 4711 } };
      },
    },
    "composition-app",
    "dev",
  );
  const program = "../../examples/composition/app/index.js"; // Checked with the other examples.
  await import(program);
});

test("a command of @pulumi/command waits for a kernel object, and runs again with it", async () => {
  await expect.poll(() => made.map((m) => m.type.split(":").at(-1))).toEqual(["StackReference", "Host", "Host", "Service", "Command"]);
  expect(made.at(-1)!.inputs).toMatchObject({ create: "ip netns exec ns1 curl -s http://10.42.2.2/", triggers: [4711] });
});
