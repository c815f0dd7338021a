import { defineConfig } from "vitest/config";

// Sources, never builds: both lists are needed, or core loads once inlined and once external (core/test/one-instance.test.ts).
// Not `import`: Node would apply it to `require`, too, and then CommonJS packages such as pg receive ES modules. ES modules are imported with it anyway.
const conditions = ["@lumiverse/source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{packages/*,conformance,tools,docs,examples}/test/**/*.test.ts"],
        },
      },
      { extends: true, test: { name: "providers", include: ["providers/*/test/**/*.test.ts"] } },
    ],
    testTimeout: 120_000,
    // A condition that is waited for takes long on a busy machine, too. The default is one second.
    expect: { poll: { timeout: 15_000 } },
    // Stopping a database takes long on a busy machine.
    hookTimeout: 60_000,
    // Two cores are what continuous integration has; by default one worker was seen to be chosen.
    maxWorkers: 2,
  },
});
