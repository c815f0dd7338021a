/** Translates requests into the AI SDK's calls (specification v4), and its parts, usage, finish reasons and errors back. */
import {
  type ChatRequest,
  type Emit,
  type ErrorCode,
  type FinishReason,
  isLumiverseError,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
  type Part,
  type ReadEvent,
  statusCode,
  type Usage,
} from "@lumiverse/core/provider";
import type { AiSdkCall, AiSdkUsage } from "./language-model.ts";

/** The SDK's call for a request. Fields that the SDK does not have are left out. */
export function callOf(request: ChatRequest): AiSdkCall {
  const { maxOutputTokens, temperature, topP, topK, seed, presencePenalty, frequencyPenalty, stop, tools, toolChoice, output, reasoning } =
    request;
  const call: JsonObject = { prompt: request.messages.map(messageOf) };
  const stopSequences = typeof stop === "string" ? [stop] : stop;
  const plain = {
    maxOutputTokens,
    temperature,
    topP,
    topK,
    seed,
    presencePenalty,
    frequencyPenalty,
    stopSequences,
    headers: request.headers,
  };
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) call[name] = value;
  if (tools !== undefined)
    call["tools"] = tools.flatMap((tool) =>
      "name" in tool
        ? [
            {
              type: "function",
              name: tool.name,
              description: tool.description,
              inputSchema: tool.parameters ?? { type: "object", properties: {} },
              ...(tool.strict === undefined ? {} : { strict: tool.strict }),
            },
          ]
        : [],
    );
  if (toolChoice !== undefined)
    call["toolChoice"] = typeof toolChoice === "string" ? { type: toolChoice } : { type: "tool", toolName: toolChoice.name };
  if (output !== undefined) call["responseFormat"] = { type: "json", ...schemaOf(output) };
  if (typeof reasoning === "string") call["reasoning"] = reasoning === "off" ? "none" : reasoning;
  return call;
}

function schemaOf(output: NonNullable<ChatRequest["output"]>): JsonObject {
  if (!isObject(output) || !isObject(output["schema"])) return {};
  const { schema, name, description } = output;
  return { schema, ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
}

function messageOf(message: Message): JsonObject {
  const { role, content } = message;
  if (role === "system") return { role, content: typeof content === "string" ? content : content.map((part) => part.text).join("") };
  return { role, content: typeof content === "string" ? [{ type: "text", text: content }] : content.flatMap(partOf) };
}
/** Translates a part. The `providerMetadata` of a part, which holds signatures, is sent back as its `providerOptions`. */
function partOf(part: Part): JsonObject[] {
  const said = "replay" in part && isObject(part.replay?.data) ? { providerOptions: part.replay.data } : {};
  switch (part.type) {
    case "text":
    case "reasoning":
      return [{ type: part.type, text: part.text, ...said }];
    case "image":
    case "audio":
    case "file": {
      const data = part.url === undefined ? { type: "data", data: part.data } : { type: "url", url: new URL(part.url) };
      return [{ type: "file", mediaType: part.mediaType ?? `${part.type}/*`, data }];
    }
    case "tool-call":
      return [{ type: "tool-call", toolCallId: part.id, toolName: part.name, input: part.input ?? part.arguments, ...said }];
    case "tool-result": {
      const value =
        typeof part.content === "string" ? part.content : part.content.map((one) => (one.type === "text" ? one.text : "")).join("");
      return [
        {
          type: "tool-result",
          toolCallId: part.id,
          toolName: part.name ?? "",
          output: { type: part.isError === true ? "error-text" : "text", value },
        },
      ];
    }
    default:
      return [];
  }
}

/** Reads the parts of one stream. */
export interface PartReader {
  read(part: object): void;
  /** The stream ended. Throws the error that was in it, if no finish part followed. */
  end(): void;
}

/** Translates stream parts into events. Ids become indexes in the order of their first appearance. */
export function partReader(emit: Emit): PartReader {
  return new StreamTranslator(emit);
}

type StreamPart = JsonObject & { type: string };

class StreamTranslator implements PartReader {
  readonly #emit: Emit;
  readonly #indexes = new Map<string, number>();
  readonly #calls = new Set<string>();
  // As in the SDK, the metadata of a part is kept until new metadata replaces it.
  readonly #metadata = new Map<string, unknown>();
  // Packages send id and model in one part, in several, or with every chunk. Those before the first content count.
  readonly #start: { id?: string | undefined; model?: string | undefined } = {};
  #failure: { error: unknown } | undefined;
  #begun = false;
  #next = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  end(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  read(given: object): void {
    const part = given as StreamPart; // every part has a type
    this.#begin(part);
    switch (part.type) {
      case "response-metadata":
        this.#start.id ??= text(part["id"]);
        this.#start.model ??= text(part["modelId"]);
        return;
      case "text-start":
      case "reasoning-start":
      case "text-delta":
      case "reasoning-delta":
      case "text-end":
      case "reasoning-end":
        return this.#textPart(part);
      case "tool-input-start":
      case "tool-input-delta":
      case "tool-call":
        return this.#callPart(part);
      case "source":
      case "file":
        return wholePart(part, this.#next++, this.#emit);
      // The finish part that can follow says whether the stream was cut.
      case "error":
        this.#failure ??= { error: part["error"] };
        return;
      case "finish": {
        const last = part as unknown as Finish; // a part of this type
        if (this.#failure !== undefined && last.finishReason.unified !== "interrupted") throw this.#failure.error;
        return finish(last, this.#emit);
      }
      default:
        return; // warnings, pings and raw chunks are not part of the answer
    }
  }

  #begin({ type }: StreamPart): void {
    if (this.#begun || BEFORE.has(type)) return;
    this.#begun = true;
    if (this.#start.id !== undefined || this.#start.model !== undefined) this.#emit({ type: "start", ...this.#start });
  }

  #textPart(part: StreamPart): void {
    const [kind, moment] = part.type.split("-") as ["text" | "reasoning", string]; // the six types that lead here
    const key = `${kind} ${part["id"] ?? ""}`;
    const index = this.#indexOf(key);
    if (part["providerMetadata"] !== undefined) this.#metadata.set(key, part["providerMetadata"]);
    if (moment === "start") return this.#emit({ type: "part-start", index, kind });
    // The SDK does not pass on empty deltas either.
    if (moment === "delta") return part["delta"] === "" ? undefined : this.#emit({ type: kind, index, text: String(part["delta"]) });
    this.#emit({ type: "part-end", index, replay: this.#metadata.get(key) });
    for (const { source } of Array.isArray(part["citations"]) ? part["citations"] : []) wholePart(source, this.#next++, this.#emit);
    this.#indexes.delete(key); // another part can use the same id
    this.#metadata.delete(key);
  }

  #callPart(part: StreamPart): void {
    const id = String((part.type === "tool-call" ? part["toolCallId"] : part["id"]) ?? "");
    const index = this.#indexOf(`call ${id}`);
    if (part.type === "tool-input-start") {
      this.#calls.add(id);
      return this.#emit({ type: "part-start", index, kind: "tool-call", id, name: String(part["toolName"]) });
    }
    if (part.type === "tool-input-delta") {
      if (!this.#calls.has(id))
        throw new LumiverseError({ code: "malformed-response", message: "a tool-input-delta came without its start" });
      return this.#emit({ type: "tool-call-delta", index, text: String(part["delta"]) });
    }
    // A call ends with a `tool-call` part, whose arguments are final.
    if (!this.#calls.has(id)) return wholePart(part, index, this.#emit);
    this.#emit({ type: "part-end", index, arguments: String(part["input"]), replay: part["providerMetadata"] });
  }

  #indexOf(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.#next);
    return this.#next++;
  }
}

/** Parts that can precede the answer. */
const BEFORE: ReadonlySet<string> = new Set(["stream-start", "response-metadata", "raw", "ping"]);

interface Finish {
  finishReason: { unified: string; raw: string | undefined };
  usage: AiSdkUsage;
}
/** Translates an unstreamed answer into events. */
export function wholeAnswer(
  answer: Finish & { content: readonly object[]; response?: { id?: string; modelId?: string } },
  emit: Emit,
): void {
  emit({ type: "start", id: answer.response?.id, model: answer.response?.modelId });
  for (const [index, part] of answer.content.entries()) wholePart(part as JsonObject, index, emit); // a union of plain objects
  finish(answer, emit);
}

function wholePart(part: JsonObject, index: number, emit: Emit): void {
  const { type, providerMetadata: replay } = part;
  if (type === "text" || type === "reasoning") {
    emit({ type: "part-start", index, kind: type });
    emit({ type, index, text: String(part["text"]) });
    emit({ type: "part-end", index, replay });
  } else if (type === "tool-call") {
    emit({ type: "part-start", index, kind: "tool-call", id: String(part["toolCallId"]), name: String(part["toolName"]) });
    emit({ type: "tool-call-delta", index, text: String(part["input"]) });
    emit({ type: "part-end", index, replay });
  } else if (type === "source" && typeof part["url"] === "string") {
    const { url, title } = part;
    emit({ type: "part", index, part: { type: "source", url, ...(typeof title === "string" ? { title } : {}) } });
  } else if (type === "file" && isObject(part["data"]) && typeof part["data"]["data"] === "string")
    emit({ type: "part", index, part: { type: "image", data: part["data"]["data"], mediaType: String(part["mediaType"]) } });
}

function finish({ finishReason, usage }: Finish, emit: Emit): void {
  const { inputTokens, outputTokens } = usage;
  const counts: readonly (readonly [keyof Usage, number | undefined])[] = [
    ["input", inputTokens.noCache ?? inputTokens.total],
    ["cacheRead", inputTokens.cacheRead],
    ["cacheWrite", inputTokens.cacheWrite],
    ["output", outputTokens.total],
    ["reasoning", outputTokens.reasoning],
  ];
  const known = Object.fromEntries(counts.filter(([, count]) => count !== undefined));
  emit({ type: "usage", usage: { ...known, completeness: "output" in known ? "exact" : "unknown" } });
  const reason: FinishReason = REASONS.find((one) => one === finishReason.unified) ?? "other";
  const event: ReadEvent = { type: "finish", reason, raw: finishReason.raw };
  // Without an error part before it, this finish reason is the only sign of the failure.
  if (finishReason.unified === "error") throw new LumiverseError({ code: "server", message: "the answer finished with the reason error" });
  // In specification v4: the stream ended without the host's final event.
  if (finishReason.unified === "interrupted")
    throw new LumiverseError({ code: "truncated", message: "the answer finished with the reason interrupted" });
  emit(event);
}
const REASONS: readonly FinishReason[] = ["stop", "length", "tool-calls", "content-filter"];

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * Translates an error of the SDK by its status, headers, name and `isRetryable`. `late` is the signal of the time limits; its reason is the error to throw.
 */
export function toLumiverseError(error: unknown, aborted?: AbortSignal, late?: AbortSignal): LumiverseError {
  if (isLumiverseError(error)) return error;
  if (isLumiverseError(late?.reason)) return late.reason;
  if (aborted?.aborted === true) return new LumiverseError({ code: "aborted", message: "the call was aborted", cause: error });
  // Some packages throw a plain object or the host's JSON.
  const facts: JsonObject = isObject(error) ? error : {};
  const name = error instanceof Error ? error.name : "";
  const message = typeof facts["message"] === "string" ? facts["message"] : (JSON.stringify(error) ?? String(error));
  const status = typeof facts["statusCode"] === "number" ? facts["statusCode"] : undefined;
  const retryable = facts["isRetryable"] === true;
  if (/without a finish/.test(message)) return new LumiverseError({ code: "truncated", message, cause: error });
  // A broken body is wrapped in an error with status 200. The network error is among its causes. A redirect that was not followed is no answer either.
  if (causesOf(error).some(isNetworkFailure) || (status !== undefined && status >= 300 && status < 400))
    return new LumiverseError({ code: "network", message, cause: error, retryable });
  if (isMalformed(error) || isMalformed(facts["cause"])) return new LumiverseError({ code: "malformed-response", message, cause: error });
  if (name === "AI_UnsupportedFunctionalityError") return new LumiverseError({ code: "unsupported", message, cause: error });
  const stated = statedCode(facts["data"]);
  if (stated !== undefined) return new LumiverseError({ code: stated, message, retryable, cause: error, ...withStatus(status, facts) });
  if (status === undefined || status < 400) {
    // Without an error status, a time limit expired or the host reported the failure inside an answer.
    const code = causesOf(error).some(isTimeout) ? "timeout" : "server";
    return new LumiverseError({ code, message, retryable, cause: error });
  }
  return new LumiverseError({ code: statusCode(status), message, retryable, cause: error, ...withStatus(status, facts) });
}
function withStatus(status: number | undefined, facts: JsonObject): { status?: number; retryAfterMs?: number } {
  const wait = waitOf(isObject(facts["responseHeaders"]) ? facts["responseHeaders"] : {});
  return { ...(status === undefined ? {} : { status }), ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}
/** The code that `@lumiverse/ai-sdk` states in `APICallError.data`. Other packages have the host's JSON there. */
function statedCode(data: unknown): ErrorCode | undefined {
  if (!isObject(data) || !Array.isArray(data["attempts"]) || !Array.isArray(data["notes"])) return undefined;
  return data["code"] as ErrorCode; // as the type ApiCallErrorData says
}
function isMalformed(error: unknown): boolean {
  return error instanceof Error && /JSONParse|TypeValidation|InvalidResponseData|EmptyResponseBody/.test(error.name);
}
/** An error and its causes. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
}
/** True for the error of a broken connection, from `fetch` or wrapped by the SDK. */
function isNetworkFailure(error: unknown): boolean {
  return (
    error instanceof Error && /^(fetch failed|terminated|other side closed|Cannot connect to API)|ECONN|UND_ERR_SOCKET/.test(error.message)
  );
}
/** True for an expired time limit, which `fetch` and the SDK name so. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || (isLumiverseError(error) && error.code === "timeout"));
}
function waitOf(headers: JsonObject): number | undefined {
  const [ms, seconds] = [Number(headers["retry-after-ms"]), Number(headers["retry-after"])];
  const date = Date.parse(String(headers["retry-after"])) - Date.now();
  return [ms, seconds * 1000, date].find((wait) => Number.isFinite(wait) && wait >= 0);
}
