/** Hosts that answer anything. The SDK receives an answer or one of its own errors. */
import { isLumiverseError } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { hostileChats } from "../../lab/src/fuzz/hostile-chats.ts";
import { languageModel } from "../src/index.ts";
import { contentOf } from "../src/response/content.ts";
import { ExecutedTools } from "../src/response/provider-executed.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 60);
const PROVIDERS = ["custom", "anthropic", "google", "openai", "openrouter", "perplexity"];
const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] }];

/** True for errors that callers of the SDK know. */
function isKnown(error: unknown): boolean {
  return isLumiverseError(error) || (error instanceof Error && /^AI_|^AbortError$/.test(error.name));
}

describe("an answer of a broken or hostile host", () => {
  test(`is an answer or an error of the SDK (seed ${SEED})`, { timeout: 600_000 }, async () => {
    for (const { name, open } of await hostileChats(PROVIDERS, SEED, RUNS)) {
      const errors: unknown[] = [];
      for (const mode of ["generate", "stream"] as const) {
        const { connection, request } = open();
        const model = languageModel(connection, request.model);
        try {
          if (mode === "generate") JSON.stringify(await model.doGenerate({ prompt }));
          else for await (const part of (await model.doStream({ prompt })).stream) if (part.type === "error") errors.push(part.error);
        } catch (error) {
          errors.push(error);
        }
        connection.close();
      }
      expect([name, errors.filter((error) => !isKnown(error))]).toEqual([name, []]);
    }
  });

  test("keeps a file whose address is none", () => {
    const [file] = contentOf({ type: "image", url: "no address", mediaType: "image/png" }, "1", new ExecutedTools());
    expect(file).toMatchObject({ type: "file", data: { type: "url", url: new URL("invalid:no%20address") } });
  });

  test("reads a result of a tool whose type has fields named like methods", () => {
    const executed = new ExecutedTools();
    const opaque = (data: object) =>
      executed.read({ type: "opaque", kind: "k", replay: { origin: { provider: "p", protocol: "m", model: "m", scope: "s" }, data } });
    opaque({ type: "server_tool_use", id: "1", name: "search", input: {} });
    const [result] = opaque({ type: "search_tool_result", tool_use_id: "1", content: { type: { toString: 1 } } }) ?? [];
    expect(result).toMatchObject({ type: "tool-result", toolCallId: "1" });
  });
});
