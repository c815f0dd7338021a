import { defineConfig } from "vitest/config";

// Sources, never builds: both lists are needed, or core loads once inlined and once external (core/test/one-instance.test.ts).
const conditions = ["@lumiverse/source", "node", "import", "default"];

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
    testTimeout: 30_000,
    // Two cores are what continuous integration has; by default one worker was seen to be chosen.
    maxWorkers: 2,
  },
});
