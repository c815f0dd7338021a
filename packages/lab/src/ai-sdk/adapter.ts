/**
 * Adapts a language model of the AI SDK (`@ai-sdk/provider`, specification v4), so that the suite can judge packages of the AI SDK. It adds what the SDK's
 * `generateText` and `streamText` do around a model, retries and time limits, and nothing else.
 */

import type { Adapter, AdapterOptions } from "@lumiverse/conformance/internals";
import {
  type Capabilities,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  LumiverseError,
  ResponseBuilder,
  type Timeouts,
} from "@lumiverse/core/provider";
import type { AiSdkModel } from "./language-model.ts";
import { callOf, partReader, toLumiverseError, wholeAnswer } from "./translate.ts";

/** How to adapt a package of the AI SDK. */
export interface AiSdkOptions {
  id: string;
  claims: Capabilities;
  protocol?: string;
  /** The package's default base URL. */
  base?: string;
  /** Makes the model with fetch, base URL and key. */
  model: (modelId: string, options: AdapterOptions) => AiSdkModel;
}

/** Makes an adapter for a language model of the AI SDK. */
export function fromAiSdk({ id, claims, protocol, base, model }: AiSdkOptions): Adapter {
  return {
    id,
    claims,
    ...(protocol === undefined ? {} : { protocol }),
    ...(base === undefined ? {} : { base }),
    connect: (options) => ({
      stream: (request) => stream(model(request.model, options), id, request, options),
      generate: (request) => generate(model(request.model, options), id, request, options),
    }),
  };
}

async function* stream(model: AiSdkModel, id: string, request: ChatRequest, options: AdapterOptions): AsyncGenerator<ChatEvent> {
  const events: ChatEvent[] = [];
  const builder = responseBuilder({ id }, request, (event) => events.push(event));
  const reader = partReader((event) => builder.push(event));
  const leaving = new AbortController();
  const abortSignal = request.signal === undefined ? leaving.signal : AbortSignal.any([request.signal, leaving.signal]);
  // A second more than a model's own limit, which may end an answer that is complete.
  const { idle, ...others } = options.timeouts ?? {};
  const limits = startTimeLimits(idle === undefined ? others : { ...others, idle: idle + 1000 }, (reason) => leaving.abort(reason));
  try {
    const { stream: parts } = await withRetries(() => model.doStream({ ...callOf(request), abortSignal }), options);
    // The DOM types do not declare that streams are iterable.
    for await (const part of parts as unknown as AsyncIterable<object>) {
      reader.read(part);
      if (builder.hasContent) limits.content();
      while (events.length > 0) yield events.shift() as ChatEvent; // the array is not empty
    }
    reader.end();
    if (!builder.finished) throw new LumiverseError({ code: "truncated", message: "the stream ended without a finish part" });
  } catch (error) {
    throw toLumiverseError(error, request.signal, leaving.signal);
  } finally {
    limits.over();
    leaving.abort();
  }
}

async function generate(model: AiSdkModel, id: string, request: ChatRequest, options: AdapterOptions): Promise<ChatResponse> {
  const late = new AbortController();
  const abortSignal = request.signal === undefined ? late.signal : AbortSignal.any([request.signal, late.signal]);
  const limits = startTimeLimits({ total: options.timeouts?.total }, (reason) => late.abort(reason));
  try {
    const started = Date.now();
    const answer = await withRetries(() => model.doGenerate({ ...callOf(request), abortSignal }), options);
    const builder = responseBuilder({ id }, request);
    wholeAnswer(answer, (event) => builder.push(event));
    const { id: answerId, model: answered, rawFinishReason, ...rest } = builder.build();
    return {
      ...rest,
      model: answered ?? request.model,
      ...(answerId === undefined ? {} : { id: answerId }),
      ...(rawFinishReason === undefined ? {} : { rawFinishReason }),
      attempts: [],
      transport: { url: "", status: 200, streamed: false, totalMs: Date.now() - started },
    };
  } catch (error) {
    throw toLumiverseError(error, request.signal, late.signal);
  } finally {
    limits.over();
  }
}

function responseBuilder(
  { id, protocol = "chat-completions" }: Pick<AiSdkOptions, "id" | "protocol">,
  request: ChatRequest,
  deliver?: (event: ChatEvent) => void,
): ResponseBuilder {
  return new ResponseBuilder(
    { provider: id, protocol: protocol, model: request.model, scope: "vendor" },
    deliver === undefined ? undefined : { push: deliver },
  );
}

/**
 * The time limits of the SDK's `streamText` (`timeout: { totalMs, firstChunkMs, chunkMs }`, ai 7.0), which abort the model. `firstChunkMs` is the time from the call to
 * the first content, so it covers both the headers and the first event.
 */
function startTimeLimits(
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
 * Retries like the SDK: if the error is retryable, after the time that its headers state. For a time above a minute the SDK uses its own backoff of some seconds. Here
 * the call fails instead, because that decision is not the model's.
 */
async function withRetries<T>(call: () => PromiseLike<T>, { retry }: AdapterOptions): Promise<T> {
  const attempts = retry === false ? 1 : (retry?.attempts ?? 3);
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const known = toLumiverseError(error);
      if (attempt >= attempts || !known.retryable || (known.retryAfterMs ?? 0) > 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, known.retryAfterMs ?? 500 * 2 ** (attempt - 1)));
    }
  }
}
