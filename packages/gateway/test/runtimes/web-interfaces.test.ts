import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));

test("everything but the entry for Node uses the Web's interfaces alone, so that it runs in workers, Bun and Deno", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/^node(\.ts|\/)/.test(file),
  );
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const text = readFileSync(`${SOURCE}/${file}`, "utf8");
    expect([file, /from "(node:|@hono\/node-server|prom-client|@lumiverse\/\w+\/node)/.test(text)]).toEqual([file, false]);
    expect([file, /\b(process\.|Buffer\.|__dirname|require\()/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""))]).toEqual([
      file,
      false,
    ]);
  }
});
