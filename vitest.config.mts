import { defineConfig } from "vitest/config";

const minutes = (n: number) => n * 60_000;

const globalSetup = "./test/packages.ts";

/** Projects run group by group, the quick ones first; the tests of the transport mostly wait, so all their files run at once, and so
 * does half of each test of the engine. Unit tests share their modules, which take longer to load than most of them to run; tests that run a
 * Pulumi program cannot, as Pulumi has one program a process. */
const projects = [
  { name: "unit", testTimeout: minutes(0.5), hookTimeout: minutes(0.5), maxWorkers: 2, isolate: false, group: 0 },
  { name: "program", testTimeout: minutes(0.5), hookTimeout: minutes(0.5), maxWorkers: 2, group: 0 },
  { name: "transport", globalSetup, testTimeout: minutes(1), hookTimeout: minutes(1), maxWorkers: 4, group: 1 },
  { name: "lab", globalSetup, testTimeout: minutes(2), hookTimeout: minutes(5), maxWorkers: 4, group: 2 },
  { name: "fault", globalSetup, testTimeout: minutes(5), hookTimeout: minutes(5), maxWorkers: 1, group: 3 },
  { name: "engine", globalSetup, testTimeout: minutes(10), hookTimeout: minutes(10), maxWorkers: 4, group: 2 },
];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: projects.map(({ group, ...project }) => ({
      test: { include: [`test/${project.name}/**/*.test.ts`], environment: "node", setupFiles: "./test/seed.ts", ...project, sequence: { groupOrder: group } },
    })),
  },
});
