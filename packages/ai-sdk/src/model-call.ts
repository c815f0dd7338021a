/** One call of the SDK: the request, and the answer or the error in the SDK's terms. */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type ChatStream,
  type Connection,
  isLumiverseError,
  type Part,
} from "@lumiverse/core";
import { sdkError } from "./errors.ts";
import { writeMetadata } from "./metadata.ts";
import { requestOf, type TranslatedCall } from "./request/call-options.ts";
import { answerMetadata } from "./response/answer-metadata.ts";
import { contentOf, messageContent } from "./response/content.ts";
import { finishReasonOf } from "./response/finish-reason.ts";
import { ExecutedTools } from "./response/provider-executed.ts";
import { StreamWriter } from "./response/stream-writer.ts";
import { usageOf } from "./response/usage.ts";
import { warningOf } from "./warnings.ts";

export interface LanguageModelOptions {
  /**
   * Who repeats a failed call, so that only one layer does. `connection` (the default): the connection, by its own `retry`; errors are then not retryable
   * for the SDK. `sdk`: the SDK, by `maxRetries`; open the connection with `retry: false`.
   */
  retries?: "connection" | "sdk";
  /** Whether results have the request's body and URL (`include: { requestBody: true }` of the SDK). It costs a second rendering per call. Default false. */
  requestBody?: boolean;
}

export class ModelCall {
  readonly #connection: Connection;
  readonly #options: LanguageModelOptions;
  readonly #call: LanguageModelV4CallOptions;
  readonly #translated: TranslatedCall;

  constructor(connection: Connection, modelId: string, options: LanguageModelOptions, call: LanguageModelV4CallOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#call = call;
    this.#translated = requestOf(connection.provider.id, modelId, call);
  }

  async generate(): Promise<LanguageModelV4GenerateResult> {
    const { request, warnings } = this.#translated;
    const response = await this.#connection.generate(request).catch(async (error: unknown) => {
      const answer = unvalidatedAnswer(error);
      if (answer !== undefined) return answer;
      throw await this.#failure(error, this.#options.retries === "sdk", false);
    });
    const { output, rateLimit, transport } = response;
    const body = this.#options.requestBody === true ? (await this.#explain(false))?.body : undefined;
    return {
      content: wholeContent(response),
      finishReason: finishReasonOf(response.finishReason, response.rawFinishReason),
      usage: usageOf(response.usage),
      warnings: [...warnings, ...response.notes.map(warningOf)],
      providerMetadata: answerMetadata(this.#connection.provider.id, response),
      request: { url: transport.url, ...(body === undefined ? {} : { body }) },
      response: {
        modelId: response.model,
        ...(response.id === undefined ? {} : { id: response.id }),
        ...(rateLimit === undefined ? {} : { headers: { ...rateLimit.raw } }),
      },
      // The SDK would parse the whole text, and fail for JSON in a code fence.
      ...(output === undefined || isJson(response.text) ? {} : { structuredOutputText: JSON.stringify(output) }),
    };
  }

  async stream(): Promise<LanguageModelV4StreamResult> {
    const { request } = this.#translated;
    const stream = this.#connection.stream(request);
    const batches = stream.batches()[Symbol.asyncIterator]();
    // A connection yields its first events when content has arrived. A failure before that rejects the call, so that the SDK can repeat it.
    const first = await batches.next().catch(async (error: unknown) => {
      // A stream that was cut is not repeated: the stream reports it, with a finish reason of its own.
      if (isLumiverseError(error) && error.code === "truncated") return error;
      throw await this.#failure(error, this.#options.retries === "sdk", true);
    });
    const explanation = this.#options.requestBody === true ? await this.#explain(true) : undefined;
    return {
      stream: this.#parts(stream, batches, first),
      ...(explanation === undefined ? {} : { request: { url: explanation.url, body: explanation.body } }),
    };
  }

  #parts(
    stream: ChatStream,
    batches: AsyncIterator<readonly ChatEvent[]>,
    first: IteratorResult<readonly ChatEvent[]> | Error,
  ): ReadableStream<LanguageModelV4StreamPart> {
    let ahead: IteratorResult<readonly ChatEvent[]> | Error | undefined = first;
    let writer: StreamWriter | undefined;
    let emitted = 0;
    return new ReadableStream<LanguageModelV4StreamPart>(
      {
        start: (controller) => {
          writer = new StreamWriter(this.#translated.warnings, (part) => {
            emitted++;
            controller.enqueue(part);
          });
        },
        pull: async (controller) => {
          if (writer === undefined) return;
          const before = emitted;
          try {
            while (emitted === before) {
              const next: IteratorResult<readonly ChatEvent[]> | Error = ahead ?? (await batches.next());
              ahead = undefined;
              if (next instanceof Error) throw next;
              if (next.done !== true) for (const event of next.value) writer.write(event);
              else {
                this.#finish(writer, controller, await stream.response().catch(answerOrThrow));
                controller.close();
                return;
              }
            }
          } catch (error) {
            await batches.return?.();
            await this.#fail(error, writer, controller);
          }
        },
        cancel: async () => {
          await batches.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  #finish(writer: StreamWriter, controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>, response: ChatResponse): void {
    writer.begin();
    for (const content of messageContent(response.message)) controller.enqueue(content);
    controller.enqueue({
      type: "finish",
      finishReason: finishReasonOf(response.finishReason, response.rawFinishReason),
      usage: usageOf(response.usage),
      providerMetadata: answerMetadata(this.#connection.provider.id, response),
    });
  }

  /** An abort breaks the stream, as a broken `fetch` does. Any other failure becomes an error part and a finish part with what is known. */
  async #fail(error: unknown, writer: StreamWriter, controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>): Promise<void> {
    // The connection does not repeat a call whose content has arrived.
    const shown = await this.#failure(error, true, true);
    if (!isLumiverseError(error) || error.code === "aborted") {
      controller.error(shown);
      return;
    }
    writer.begin();
    controller.enqueue({ type: "error", error: shown });
    const { partial } = error;
    controller.enqueue({
      type: "finish",
      finishReason: { unified: error.code === "truncated" ? "interrupted" : "error", raw: partial?.rawFinishReason },
      usage: usageOf(partial?.usage ?? { completeness: "unknown" }),
      ...(partial === undefined ? {} : { providerMetadata: answerMetadata(this.#connection.provider.id, partial) }),
    });
    controller.close();
  }

  async #failure(error: unknown, mayRetry: boolean, streaming: boolean): Promise<unknown> {
    const wasSent = isLumiverseError(error) && error.attempts.length > 0 && error.code !== "aborted";
    const body = wasSent ? (await this.#explain(streaming))?.body : undefined;
    return sdkError(error, { mayRetry, body, prompt: this.#call.prompt, signal: this.#call.abortSignal });
  }

  async #explain(streaming: boolean): Promise<Awaited<ReturnType<Connection["explain"]>> | undefined> {
    const { signal: _, ...request }: ChatRequest = this.#translated.request;
    try {
      return await this.#connection.explain(request, { streaming });
    } catch {
      // A missing explanation must not change how the call ends.
      return undefined;
    }
  }
}

/** The answer of a call that ended well but whose text is not the requested JSON. The SDK validates and repairs it itself. */
function unvalidatedAnswer(error: unknown): ChatResponse | undefined {
  if (!isLumiverseError(error) || error.code !== "malformed-response") return undefined;
  return error.partial?.finishReason === "stop" ? error.partial : undefined;
}

function answerOrThrow(error: unknown): ChatResponse {
  const answer = unvalidatedAnswer(error);
  if (answer === undefined) throw error;
  return answer;
}

function wholeContent({ message }: ChatResponse): LanguageModelV4Content[] {
  const executed = new ExecutedTools();
  const parts: readonly Part[] = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
  return [
    ...parts.flatMap((part, index): readonly LanguageModelV4Content[] =>
      part.type === "text" || part.type === "reasoning"
        ? [{ type: part.type, text: part.text, ...writeMetadata({ replay: part.replay }) }]
        : contentOf(part, String(index), executed),
    ),
    ...messageContent(message),
  ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
