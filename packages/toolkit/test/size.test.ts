import { build } from "esbuild";
import { describe, expect, test } from "vitest";

/** The source files of an application's bundle, and its size in bytes. */
async function bundle(code: string): Promise<{ files: string[]; bytes: number }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["@lumiverse/source"],
    metafile: true,
    logLevel: "silent",
    external: ["@lumiverse/core", "@lumiverse/core/*", "@modelcontextprotocol/*", "@opentelemetry/*"],
  });
  const output = Object.values(metafile.outputs)[0];
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { files: used.map(([file]) => file.replace(/^.*packages\/toolkit\/src\//, "")), bytes: outputFiles[0]?.contents.length ?? 0 };
}

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
    const { files } = await bundle(`import { ${name} } from "@lumiverse/toolkit"; console.log(${name});`);
    expect(files.filter((file) => file !== "<stdin>" && !own.test(file))).toEqual([]);
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
    const { bytes } = await bundle(`import { ${names} } from "${entry}"; console.log(${names});`);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(budget);
    if (process.env["SIZES"] !== undefined) console.log(entry, names, bytes);
  });
});
