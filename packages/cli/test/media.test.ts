/** What is sent of a file that a person names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CostCounter } from "../src/answer/cost-counter.ts";
import { filePart } from "../src/request/media.ts";

const folder = mkdtempSync(join(tmpdir(), "lumiverse-media-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[name: string, content: string | Uint8Array, mediaType: string]>([
  ["main.ts", "export {};\n", "text/plain"],
  ["Makefile", "all:\n\ttrue\n", "text/plain"],
  ["letter", "Grüße", "text/plain"],
  ["table.csv", "a,b\n", "text/csv"],
  ["latin1.ini", Uint8Array.of(0x47, 0x72, 0xfc), "application/octet-stream"],
  ["core", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0), "application/octet-stream"],
])("%s has the type that its content shows", async (name, content, mediaType) => {
  writeFileSync(join(folder, name), content);
  expect(await filePart(join(folder, name))).toMatchObject({ type: "file", filename: name, mediaType });
});

test("tokens that no host reported are unknown, and never zero", () => {
  const costs = new CostCounter();
  costs.add({ usage: { completeness: "unknown" } });
  expect(costs.text).toBe("1 answer · tokens unknown · the cost of the answers is unknown");
  costs.add({ usage: { input: 3, output: 2, completeness: "exact" } });
  expect(costs.text).toBe("2 answers · 3 tokens in · 2 out · the tokens of 1 are unknown · the cost of the answers is unknown");
});
