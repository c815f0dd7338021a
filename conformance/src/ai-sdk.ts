/**
 * A language model of the AI SDK (`@ai-sdk/provider`, specification v4) as a subject, so that the suite can judge packages that people use already. Only the shape is
 * known here, not the package. What the SDK's own `generateText` and `streamText` do around a model (a second try where the error says so, time limits) is done here too;
 * nothing else is added.
 */
import { type ChatEvent, type ChatRequest, type ChatResponse, type Facts, Fold, LumiverseError, type Timeouts } from "@lumiverse/core";
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
  /** What the package calls when it is given no base URL. */
  base?: string;
  /** Makes the model: its package's own factory, given fetch, base URL and key. */
  model: (modelId: string, options: AdapterOptions) => AiSdkModel;
}

export function fromAiSdk({ id, claims, wire, base, model }: AiSdkOptions): Adapter {
  return {
    id,
    claims,
    ...(wire === undefined ? {} : { wire }),
    ...(base === undefined ? {} : { base }),
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
  const abortSignal = request.signal === undefined ? leaving.signal : AbortSignal.any([request.signal, leaving.signal]);
  const limits = limited(options.timeouts ?? {}, (reason) => leaving.abort(reason));
  try {
    const { stream: parts } = await tried(() => model.doStream({ ...callOf(request), abortSignal }), options);
    // The types of the web leave out that its streams are iterable.
    for await (const part of parts as unknown as AsyncIterable<object>) {
      read(part);
      if (fold.content) limits.content();
      while (events.length > 0) yield events.shift() as ChatEvent; // its length was just read
    }
    if (!fold.finished) throw new LumiverseError({ code: "truncated", message: "the stream ended without a finish part" });
  } catch (error) {
    throw typed(error, request.signal, leaving.signal);
  } finally {
    limits.over();
    leaving.abort();
  }
}

async function generate(model: AiSdkModel, id: string, request: ChatRequest, options: AdapterOptions): Promise<ChatResponse> {
  const late = new AbortController();
  const abortSignal = request.signal === undefined ? late.signal : AbortSignal.any([request.signal, late.signal]);
  const limits = limited({ total: options.timeouts?.total }, (reason) => late.abort(reason));
  try {
    const started = Date.now();
    const answer = await tried(() => model.doGenerate({ ...callOf(request), abortSignal }), options);
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
    throw typed(error, request.signal, late.signal);
  } finally {
    limits.over();
  }
}

function folded(
  { id, wire = "chat-completions" }: Pick<AiSdkOptions, "id" | "wire">,
  request: ChatRequest,
  deliver?: (event: ChatEvent) => void,
): Fold {
  return new Fold({ provider: id, wire, model: request.model, scope: "vendor" }, deliver === undefined ? undefined : { push: deliver });
}

/**
 * The limits that the SDK's `streamText` keeps around a model (`timeout: { totalMs, firstChunkMs, chunkMs }`, ai 7.0): a model has none of its own, it is aborted.
 * `firstChunkMs` runs from the call to the first content, so it stands for headers and first event both.
 */
function limited(
  { total, response, firstEvent, idle }: { [Limit in keyof Timeouts]: Timeouts[Limit] | undefined },
  abort: (reason: LumiverseError) => void,
): { content(): void; over(): void } {
  const after = (ms: number | undefined, what: string): ReturnType<typeof setTimeout> | undefined =>
    ms === undefined ? undefined : setTimeout(() => abort(new LumiverseError({ code: "timeout", message: `${what} within ${ms} ms` })), ms);
  const whole = after(total, "no end");
  let next = after(response ?? firstEvent, "no content");
  return {
    content() {
      clearTimeout(next);
      next = after(idle, "no further content");
    },
    over() {
      clearTimeout(next);
      clearTimeout(whole);
    },
  };
}

/**
 * As the SDK's own callers do it: once more where the error says so, after the wait that its headers name. Of a wait above a minute they make their own backoff
 * of seconds; here the call fails then, because that is no doing of the model.
 */
async function tried<T>(call: () => PromiseLike<T>, { retry }: AdapterOptions): Promise<T> {
  const attempts = retry === false ? 1 : (retry?.attempts ?? 3);
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const known = typed(error);
      if (attempt >= attempts || !known.retryable || (known.retryAfterMs ?? 0) > 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, known.retryAfterMs ?? 500 * 2 ** (attempt - 1)));
    }
  }
}
