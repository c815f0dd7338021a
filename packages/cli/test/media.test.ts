/** What is sent of a file that a person names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { CostCounter } from "../src/answer/cost-counter.ts";
import { filePart, imagePart } from "../src/request/media.ts";

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

test.each<[source: string, part: object]>([
  ["https://example.com/a.png?size=2", { type: "image", url: "https://example.com/a.png?size=2", mediaType: "image/png" }],
  ["gs://bucket/report.pdf", { type: "file", filename: "report.pdf", url: "gs://bucket/report.pdf", mediaType: "application/pdf" }],
  [
    "https://example.com/caf%E9.pdf",
    { type: "file", filename: "caf%E9.pdf", url: "https://example.com/caf%E9.pdf", mediaType: "application/pdf" },
  ],
  [
    "https://example.com/100%.pdf",
    { type: "file", filename: "100%.pdf", url: "https://example.com/100%.pdf", mediaType: "application/pdf" },
  ],
  ["data:text/plain;base64,aGk=", { type: "file", url: "data:text/plain;base64,aGk=" }],
])("%s is sent as it is", async (source, part) => {
  expect(await filePart(source)).toEqual(part);
});

test("a file URL is read like the path that it names", async () => {
  writeFileSync(join(folder, "two words.txt"), "hi");
  expect(await filePart(pathToFileURL(join(folder, "two words.txt")).href)).toMatchObject({
    filename: "two words.txt",
    mediaType: "text/plain",
  });
});

test.each([
  ["https://", /^https:\/\/ is not a URL$/],
  ["http://exa mple/a.png", /is not a URL/],
  ["file://nas/x.png", /^file:\/\/nas\/x.png names no file of this machine$/],
  ["file:%2Fx", /names no file of this machine/],
  ["htp://example.com/a.png", /a URL of the scheme htp:, which vendors do not fetch/],
])("%s is refused before anything is sent", async (source, message) => {
  await expect(filePart(source)).rejects.toThrow(message);
  await expect(imagePart(source)).rejects.toMatchObject({ code: "configuration" });
});

test("the cost of a conversation is told in whole sentences, and tokens that no host reported are never zero", () => {
  const costs = new CostCounter();
  costs.add({ usage: { completeness: "unknown" } });
  expect(costs.text).toBe("1 answer · tokens unknown · the cost of the answer is not known");
  costs.add({ usage: { input: 3, output: 2, completeness: "exact" } });
  expect(costs.text).toBe(
    "2 answers · 3 tokens in · 2 out · the tokens of one answer are not known · the cost of the answers is not known",
  );
  costs.add({ usage: { input: 1, output: 1, completeness: "exact" }, cost: { amount: 0.5, currency: "USD", from: "provider" } });
  expect(costs.text).toMatch(/^3 answers .* · \$0\.5000 · the cost of 2 answers is not known$/);
  const other = new CostCounter();
  other.add({ usage: { input: 1, output: 1, completeness: "exact" }, cost: { amount: 0.5, currency: "USD", from: "provider" } });
  other.add({ usage: { completeness: "unknown" } });
  expect(other.text).toBe(
    "2 answers · 1 token in · 1 out · the tokens of one answer are not known · $0.5000 · the cost of one answer is not known",
  );
});
