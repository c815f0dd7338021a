import { searchModels } from "@lumiverse/connections";
import { type Catalogue, connect, createRegistry, find, type Provider } from "@lumiverse/core";
import { openrouter } from "@lumiverse/openrouter/provider";
import type { ModelQuestions } from "../subject.ts";

/** All models fit the questions, so that none is left out early. */
export function modelQuestions(base: string, count: number): ModelQuestions {
  // The cast removes the type of the settings, which are not used here.
  const provider = openrouter as unknown as Provider;
  const connection = connect(provider, { apiKey: "bench-key", baseURL: `${base}/v1` });
  const model = { contextTokens: 128_000, capabilities: { tools: true }, source: "bench", date: "2026-01-01" };
  const models = Array.from({ length: count }, (_, i) => ({ id: `model-${i}`, ...model }));
  const catalogue: Catalogue = { source: "bench", date: "2026-01-01", models };
  const known = createRegistry([{ ...provider, catalogue: async () => catalogue }]);
  return {
    list: async () => (await connection.models()).models.length,
    find: async () => (await find({ tools: true, context: 100_000 }, known)).length,
    search: async () => searchModels(models, { text: "model" }).length,
  };
}
