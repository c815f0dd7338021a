import { describe, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

describe("a part costs nothing to those who do not import it", () => {
  test.each([
    ["withLogging", /^(middleware\/logging|shared\/)/],
    ["fallback", /^(fallback\/|shared\/)/],
    ["runTools", /^(tools\/|shared\/)/],
    ["streamObject", /^(object-stream\/|shared\/)/],
    ["createClient", /^client/],
    ["withCache", /^(middleware\/cach|shared\/)/],
    ["withBudget", /^(middleware\/budget|shared\/)/],
    ["tool", /^(tools\/|shared\/)/],
    ["mock", /^(mock\/|shared\/)/],
    ["toResponse", /^(browser\/|shared\/)/],
    ["readStream", /^(browser\/|shared\/)|\/eventsource-parser\//],
    ["readObjectStream", /^(browser\/|object-stream\/(object-events|json-parser)|shared\/)|\/eventsource-parser\//],
  ])("an application that imports %s from the root contains nothing else", async (name, own) => {
    const { files } = await bundle(`import { ${name} } from "@lumiverse/toolkit"; console.log(${name});`, import.meta.dirname);
    expect(files.map((file) => file.replace(/^.*packages\/toolkit\/src\//, "")).filter((file) => !own.test(file))).toEqual([]);
  });

  // Bytes, minified, without core. A budget is never raised to make a change fit.
  test.each([
    ["@lumiverse/toolkit/tools", "runTools, tool", 15_500],
    ["@lumiverse/toolkit/fallback", "fallback", 9000],
    ["@lumiverse/toolkit/middleware", "withCache, withBudget, withLogging", 9000],
    ["@lumiverse/toolkit/object-stream", "streamObject", 9000],
    ["@lumiverse/toolkit/browser", "readStream", 10_000],
    ["@lumiverse/toolkit/browser", "readObjectStream", 14_200],
    ["@lumiverse/toolkit/browser", "toResponse, memoryEventStore, resumeResponse", 8200],
    ["@lumiverse/toolkit/telemetry", "telemetry", 9000],
    ["@lumiverse/toolkit/mcp", "connectMcp", 8000],
    ["@lumiverse/toolkit/mock", "mock", 8000],
    ["@lumiverse/toolkit/client", "createClient", 2000],
    ["@lumiverse/toolkit/env", "registerFromEnv", 3000],
    ["@lumiverse/toolkit/node", "sendResponse", 1000],
  ])("%s { %s } is within its budget of %i bytes", async (entry, names, budget) => {
    const { bytes } = await bundle(`import { ${names} } from "${entry}"; console.log(${names});`, import.meta.dirname);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(budget);
    if (process.env["SIZES"] !== undefined) console.log(entry, names, bytes);
  });
});
