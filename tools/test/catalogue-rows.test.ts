/** A row of a catalogue is the text of one model. */
import { catalogueOf } from "@lumiverse/core/catalogue";
import type { ModelInfo } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { encodeRow } from "../catalogue/encode.ts";
import { lists, snapshotOf } from "../catalogue/generate.ts";

const sources = [{ source: "a list", date: "2026-01-02" }];
const read = (row: string): ModelInfo | undefined => catalogueOf({ sources, rows: `\n${row}\n` }).models[0];

test("every row of every snapshot is unchanged by a round trip", () => {
  for (const list of lists()) {
    const snapshot = snapshotOf(list);
    for (const row of snapshot?.rows ?? []) {
      const model = read(row);
      expect(model === undefined ? "" : encodeRow(model, "0")).toBe(row);
    }
  }
});

test("a full entry is unchanged by a round trip", () => {
  const model: ModelInfo = {
    id: "vendor/model-1",
    name: "Model 1",
    contextTokens: 400_000,
    inputTokens: 272_000,
    maxOutputTokens: 128_000,
    price: { input: 1.25, output: 10, cacheRead: 0.125, currency: "USD", above: { inputTokens: 200_000, input: 2.5, output: 15 } },
    capabilities: {
      "input.image": true,
      "input.audio": false,
      "input.video": false,
      "output.image": true,
      "output.audio": false,
      tools: true,
      "output.schema": false,
      reasoning: ["low", "high"],
      "reasoning.off": true,
      "reasoning.budget": [128, 32_768],
      temperature: false,
    },
    aliases: ["model-1", "model-1-latest"],
    state: "beta",
    released: "2025-12-01",
    source: "a list: not measured",
    date: "2026-01-02",
  };
  expect(read(encodeRow(model, "0 not measured"))).toEqual(model);
});

test("a price has five amounts, a band with the same five, and a reason why it varies", () => {
  const amounts = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25, cacheWrite1h: 2 };
  const price = { ...amounts, currency: "USD", above: { inputTokens: 200_000, ...amounts }, varies: "peak hours cost twice as much" };
  const model: ModelInfo = { id: "one", price, source: "a list", date: "2026-01-02" };
  const row = encodeRow(model, "0");
  expect(row).toBe("one | | | | 1/2/0.1/1.25/2 >200000 1/2/0.1/1.25/2 ~peak hours cost twice as much | | | 0");
  expect(read(row)).toEqual(model);
  const { above: _, ...withoutBand } = price;
  expect(read(encodeRow({ ...model, price: withoutBand }, "0"))?.price).toEqual(withoutBand);
  const onlyHour = { input: 1, cacheWrite1h: 2, currency: "USD" };
  expect(read(encodeRow({ ...model, price: onlyHour }, "0"))?.price).toEqual(onlyHour);
});

test("a price or a band without an amount is refused", () => {
  const model: ModelInfo = { id: "one", source: "a list" };
  expect(() => encodeRow({ ...model, price: { currency: "USD", varies: "peak hours" } }, "0")).toThrow("without an amount");
  expect(() => encodeRow({ ...model, price: { input: 1, currency: "USD", above: { inputTokens: 9 } } }, "0")).toThrow("without an amount");
});

test("only a model without image input is stated not to read documents", () => {
  expect(read("one | | | | | image | | 0")?.capabilities).not.toHaveProperty("input.file");
  expect(read("one | | | | | text | | 0")?.capabilities).toMatchObject({ "input.file": false, "input.image": false });
  expect(read("one | | | | | | | 0")).not.toHaveProperty("capabilities");
});

test("a price of 0 next to other prices, a bar in a name and an unknown capability are refused", () => {
  const model: ModelInfo = { id: "one", source: "a list" };
  expect(() => encodeRow({ ...model, price: { input: 1, output: 0, currency: "USD" } }, "0")).toThrow("remove it");
  expect(() => encodeRow({ ...model, name: "a|b" }, "0")).toThrow("a|b");
  expect(() => encodeRow({ ...model, capabilities: { streaming: true } }, "0")).toThrow("streaming");
});

test("a row whose source is not listed is an error", () => {
  expect(() => read("one | | | | | | | 4")).toThrow("one | ");
});
