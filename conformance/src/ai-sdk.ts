/**
 * A language model of the AI SDK (`@ai-sdk/provider`, specification v4) as a subject, so that the suite can judge packages that people use already. Only the shape is
 * known here, not the package. What the SDK's own `generateText` does around a model (a second try where the error says so) is done here too; nothing else is added.
 */
import { type ChatEvent, type ChatRequest, type ChatResponse, type Facts, Fold, LumiverseError } from "@lumiverse/core";
import { callOf, partReader, typed, wholeAnswer } from "./ai-sdk-parts.ts";
import type { Adapter, AdapterOptions } from "./subject.ts";

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
export interface AiSdkFinish {
  unified: string;
  raw: string | undefined;
}
export interface AiSdkUsage {
  inputTokens: {
    total?: number | undefined;
    noCache?: number | undefined;
    cacheRead?: number | undefined;
    cacheWrite?: number | undefined;
  };
  outputTokens: { total?: number | undefined; reasoning?: number | undefined };
}

export interface AiSdkOptions {
  id: string;
  claims: Facts;
  wire?: string;
  /** Makes the model: its package's own factory, given fetch, base URL and key. */
  model: (modelId: string, options: AdapterOptions) => AiSdkModel;
}

export function fromAiSdk({ id, claims, wire, model }: AiSdkOptions): Adapter {
  return {
    id,
    claims,
    ...(wire === undefined ? {} : { wire }),
    connect: (options) => ({
      stream: (request) => stream(model(request.model, options), id, request, options),
      generate: (request) => generate(model(request.model, options), id, request, options),
    }),
  };
}

async function* stream(model: AiSdkModel, id: string, request: ChatRequest, options: AdapterOptions): AsyncGenerator<ChatEvent> {
  const events: ChatEvent[] = [];
  const fold = folded({ id }, request, (event) => events.push(event));
  const read = partReader((event) => fold.push(event));
  const leaving = new AbortController();
  const signal = request.signal === undefined ? leaving.signal : AbortSignal.any([request.signal, leaving.signal]);
  try {
    const { stream: parts } = await tried(() => model.doStream({ ...callOf(request), abortSignal: signal }), options);
    // The types of the web leave out that its streams are iterable.
    for await (const part of parts as unknown as AsyncIterable<object>) {
      read(part);
      while (events.length > 0) yield events.shift() as ChatEvent; // its length was just read
    }
    if (!fold.finished) throw new LumiverseError({ code: "truncated", message: "the stream ended without a finish part" });
  } catch (error) {
    throw typed(error, request.signal);
  } finally {
    leaving.abort();
  }
}

async function generate(model: AiSdkModel, id: string, request: ChatRequest, options: AdapterOptions): Promise<ChatResponse> {
  try {
    const started = Date.now();
    const answer = await tried(
      () => model.doGenerate({ ...callOf(request), ...(request.signal === undefined ? {} : { abortSignal: request.signal }) }),
      options,
    );
    const fold = folded({ id }, request);
    wholeAnswer(answer, (event) => fold.push(event));
    const { id: answerId, model: answered, rawFinishReason, ...rest } = fold.folded();
    return {
      ...rest,
      model: answered ?? request.model,
      ...(answerId === undefined ? {} : { id: answerId }),
      ...(rawFinishReason === undefined ? {} : { rawFinishReason }),
      attempts: [],
      transport: { url: "", status: 200, streamed: false, totalMs: Date.now() - started },
    };
  } catch (error) {
    throw typed(error, request.signal);
  }
}

function folded(
  { id, wire = "chat-completions" }: Pick<AiSdkOptions, "id" | "wire">,
  request: ChatRequest,
  deliver?: (event: ChatEvent) => void,
): Fold {
  return new Fold({ provider: id, wire, model: request.model, scope: "vendor" }, deliver);
}

/** As the SDK's own callers do it: once more where the error says so, after the wait that its headers name. */
async function tried<T>(call: () => PromiseLike<T>, { retry }: AdapterOptions): Promise<T> {
  const attempts = retry === false ? 1 : (retry?.attempts ?? 3);
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const known = typed(error, undefined);
      if (attempt >= attempts || !known.retryable || (known.retryAfterMs ?? 0) > 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, known.retryAfterMs ?? 500 * 2 ** (attempt - 1)));
    }
  }
}
