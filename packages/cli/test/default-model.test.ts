import { custom } from "@lumiverse/custom";
import { electronhub } from "@lumiverse/electronhub";
import { expect, test } from "vitest";
import { catalogueDefault, firstListed } from "../src/connection/default-model.ts";

const model = (id: string, more: object = {}) => ({ id, source: "live", ...more });

test("of a server's list the first model that can chat is taken: served, and priced where there are prices", () => {
  expect(firstListed([model("text-embedding-3-small"), model("whisper-1"), model("qwen3-8b"), model("other")])?.id).toBe("qwen3-8b");
  expect(firstListed([model("old", { state: "deprecated" }), model("new")])?.id).toBe("new");
  expect(firstListed([model("free"), model("priced", { price: { input: 1, currency: "USD" } })])?.id).toBe("priced");
});

test("a list that holds nothing but what looks unfit still gives its first model, and an empty one gives none", () => {
  expect(firstListed([model("my-embedder"), model("my-whisper")])?.id).toBe("my-embedder");
  expect(firstListed([])).toBeUndefined();
});

test("custom has no default model, because its server decides, and ElectronHub's is the vendor's router, whose price is not known", async () => {
  expect(await catalogueDefault(custom)).toBeUndefined();
  expect(await catalogueDefault(electronhub)).toMatchObject({
    id: "auto",
    reason: expect.stringMatching(/router.*price that is not documented/),
  });
});
