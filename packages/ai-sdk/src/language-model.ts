import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Connection } from "@lumiverse/core";
import { type LanguageModelOptions, ModelCall } from "./model-call.ts";

/**
 * A model of a connection for the AI SDK: `generateText({ model: languageModel(connect("groq"), "openai/gpt-oss-20b"), prompt })`. Every middleware of a
 * connection applies, such as `fallback` or `withCache` of `@lumiverse/toolkit`.
 *
 * It throws the SDK's own errors: `APICallError` for what a host refused or the network broke, `LoadAPIKeyError`, `InvalidPromptError`,
 * `InvalidArgumentError` and `UnsupportedFunctionalityError` for what was not sent, `InvalidResponseDataError` for an answer that cannot be read. The
 * `LumiverseError` is their `cause`.
 * @param modelId the model's id as the provider spells it
 */
export function languageModel(connection: Connection, modelId: string, options: LanguageModelOptions = {}): LanguageModelV4 {
  let supportedUrls: Promise<Record<string, RegExp[]>> | undefined;
  return {
    specificationVersion: "v4",
    provider: `lumiverse.${connection.provider.id}`,
    modelId,
    get supportedUrls() {
      supportedUrls ??= urlsOf(connection, modelId);
      return supportedUrls;
    },
    doGenerate: async (call) => new ModelCall(connection, modelId, options, call).generate(),
    doStream: async (call) => new ModelCall(connection, modelId, options, call).stream(),
  };
}

/** The URLs that the vendor fetches itself. The SDK downloads the others. */
async function urlsOf(connection: Connection, modelId: string): Promise<Record<string, RegExp[]>> {
  try {
    const { support } = await connection.supports("input.url", modelId);
    return support === "yes" ? { "*/*": [/^https?:\/\//] } : {};
  } catch {
    // The call itself reports what is wrong.
    return {};
  }
}
