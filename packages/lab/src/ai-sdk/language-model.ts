/** The parts of the AI SDK's language model (`@ai-sdk/provider`, specification v4) that are used here. */

/** As much of `LanguageModelV4` as is used. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly modelId: string;
  doGenerate(options: AiSdkCall): PromiseLike<{
    content: readonly object[];
    finishReason: AiSdkFinish;
    usage: AiSdkUsage;
    response?: { id?: string; modelId?: string };
  }>;
  doStream(options: AiSdkCall): PromiseLike<{ stream: ReadableStream<object> }>;
}
// biome-ignore lint/suspicious/noExplicitAny: the SDK's prompt and tools are closed unions of its own; what is built here has their shape, and its package is no dependency
export type AiSdkCall = any;
/** A finish reason: the SDK's and the vendor's. */
export interface AiSdkFinish {
  unified: string;
  raw: string | undefined;
}
/** Token counts of an answer. */
export interface AiSdkUsage {
  inputTokens: {
    total?: number | undefined;
    noCache?: number | undefined;
    cacheRead?: number | undefined;
    cacheWrite?: number | undefined;
  };
  outputTokens: { total?: number | undefined; reasoning?: number | undefined };
}
