/** The AI SDK's words (specification v4) for ours: calls and prompts one way, parts, usage, reasons and errors the other. */
import {
  type ChatRequest,
  type Emit,
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
} from "@lumiverse/core";
import type { AiSdkCall, AiSdkUsage } from "./ai-sdk.ts";

/** Fields that the SDK's call has a place for; the rest of a request can't be said there, and is left out. */
export function callOf(request: ChatRequest): AiSdkCall {
  const { maxOutputTokens, temperature, topP, topK, seed, presencePenalty, frequencyPenalty, stop, tools, toolChoice, output, reasoning } =
    request;
  const call: JsonObject = { prompt: request.messages.map(messageOf) };
  const plain = { maxOutputTokens, temperature, topP, topK, seed, presencePenalty, frequencyPenalty, stopSequences: stop };
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
            },
          ]
        : [],
    );
  if (toolChoice !== undefined)
    call["toolChoice"] = typeof toolChoice === "string" ? { type: toolChoice } : { type: "tool", toolName: toolChoice.name };
  if (output !== undefined)
    call["responseFormat"] = { type: "json", ...(isObject(output) && isObject(output["schema"]) ? { schema: output["schema"] } : {}) };
  if (typeof reasoning === "string") call["reasoning"] = reasoning === "off" ? "none" : reasoning;
  return call;
}

function messageOf(message: Message): JsonObject {
  const { role, content } = message;
  if (role === "system") return { role, content: typeof content === "string" ? content : content.map((part) => part.text).join("") };
  return { role, content: typeof content === "string" ? [{ type: "text", text: content }] : content.flatMap(partOf) };
}
function partOf(part: Part): JsonObject[] {
  switch (part.type) {
    case "text":
    case "reasoning":
      return [{ type: part.type, text: part.text }];
    case "image":
    case "audio":
    case "file": {
      const data = part.url === undefined ? { type: "data", data: part.data } : { type: "url", url: new URL(part.url) };
      return [{ type: "file", mediaType: part.mediaType ?? `${part.type}/*`, data }];
    }
    case "tool-call":
      return [{ type: "tool-call", toolCallId: part.id, toolName: part.name, input: part.input ?? part.arguments }];
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

/** A reader of stream parts: their ids become indices, in the order of their first appearance. */
export function partReader(emit: Emit): (part: object) => void {
  const indices = new Map<string, number>();
  const calls = new Set<string>();
  let next = 0;
  const indexOf = (key: string): number => {
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, next);
    return next++;
  };
  return (given) => {
    const part = given as JsonObject & { type: string }; // every part has a type
    const id = String(part["id"] ?? "");
    switch (part.type) {
      case "response-metadata":
        return emit({ type: "start", id: text(part["id"]), model: text(part["modelId"]) });
      case "text-start":
      case "reasoning-start":
        return emit({ type: "part-start", index: indexOf(part.type + id), kind: part.type === "text-start" ? "text" : "reasoning" });
      case "text-delta":
      case "reasoning-delta": {
        const kind = part.type === "text-delta" ? "text" : "reasoning";
        return emit({ type: kind, index: indexOf(`${kind}-start${id}`), text: String(part["delta"]) });
      }
      case "text-end":
      case "reasoning-end": {
        const key = `${part.type === "text-end" ? "text" : "reasoning"}-start${id}`;
        emit({ type: "part-end", index: indexOf(key) });
        indices.delete(key); // another part may take the same id
        return;
      }
      case "tool-input-start":
        calls.add(id);
        return emit({ type: "part-start", index: indexOf(`call ${id}`), kind: "tool-call", id, name: String(part["toolName"]) });
      case "tool-input-delta":
        return emit({ type: "tool-call-delta", index: indexOf(`call ${id}`), text: String(part["delta"]) });
      case "tool-input-end":
        return emit({ type: "part-end", index: indexOf(`call ${id}`) });
      case "tool-call":
        return calls.has(String(part["toolCallId"])) ? undefined : wholePart(part, indexOf(`call ${part["toolCallId"]}`), emit);
      case "source":
      case "file":
        return wholePart(part, next++, emit);
      case "error":
        throw part["error"];
      case "finish":
        return finish(part as unknown as Finish, emit); // the part of that name
      default:
        return; // warnings, pings, raw chunks: nothing of the answer
    }
  };
}

interface Finish {
  finishReason: { unified: string; raw: string | undefined };
  usage: AiSdkUsage;
}
export function wholeAnswer(
  answer: Finish & { content: readonly object[]; response?: { id?: string; modelId?: string } },
  emit: Emit,
): void {
  emit({ type: "start", id: answer.response?.id, model: answer.response?.modelId });
  for (const [index, part] of answer.content.entries()) wholePart(part as JsonObject, index, emit); // a union of plain objects
  finish(answer, emit);
}

function wholePart(part: JsonObject, index: number, emit: Emit): void {
  const { type } = part;
  if (type === "text" || type === "reasoning") {
    emit({ type: "part-start", index, kind: type });
    emit({ type, index, text: String(part["text"]) });
    emit({ type: "part-end", index });
  } else if (type === "tool-call") {
    emit({ type: "part-start", index, kind: "tool-call", id: String(part["toolCallId"]), name: String(part["toolName"]) });
    emit({ type: "tool-call-delta", index, text: String(part["input"]) });
    emit({ type: "part-end", index });
  } else if (type === "source" && typeof part["url"] === "string")
    emit({ type: "part", index, part: { type: "source", url: part["url"] } });
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
  // The SDK ends a stream that broke with the reason `error` after an error part; alone it is a failure that was told in no other way.
  if (finishReason.unified === "error") throw new LumiverseError({ code: "server", message: "the answer finished with the reason error" });
  emit(event);
}
const REASONS: readonly FinishReason[] = ["stop", "length", "tool-calls", "content-filter"];

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** What was thrown, as one of our codes, by what the SDK's errors say of themselves: status, headers, `isRetryable`, name. */
export function typed(error: unknown, signal: AbortSignal | undefined): LumiverseError {
  if (isLumiverseError(error)) return error;
  if (signal?.aborted === true) return new LumiverseError({ code: "aborted", message: "the call was aborted", cause: error });
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : (JSON.stringify(error) ?? String(error));
  const facts: JsonObject = isObject(error) ? error : {};
  const status = typeof facts["statusCode"] === "number" ? facts["statusCode"] : undefined;
  const retryable = facts["isRetryable"] === true;
  if (/without a finish/.test(message)) return new LumiverseError({ code: "truncated", message, cause: error });
  // A body that broke off is wrapped as a failure to read it, with the status 200; what broke is the cause.
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof TypeError || (cause instanceof Error && /^terminated$|ECONN/.test(cause.message)))
    return new LumiverseError({ code: "network", message, cause: error, retryable });
  if (/JSONParse|TypeValidation|InvalidResponseData|EmptyResponseBody/.test(name))
    return new LumiverseError({ code: "malformed-response", message, cause: error });
  if (name === "AI_UnsupportedFunctionalityError") return new LumiverseError({ code: "unsupported", message, cause: error });
  if (status === undefined || status < 400) {
    const lost = name === "TypeError" || name === "AI_APICallError" || /fetch failed|terminated|socket|ECONN/i.test(message);
    return new LumiverseError({
      code: status !== undefined ? "malformed-response" : lost ? "network" : "server",
      message,
      cause: error,
      ...(lost ? { retryable } : {}),
    });
  }
  const wait = waitOf(isObject(facts["responseHeaders"]) ? facts["responseHeaders"] : {});
  return new LumiverseError({
    code: statusCode(status),
    message,
    status,
    retryable,
    cause: error,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}
function waitOf(headers: JsonObject): number | undefined {
  const [ms, seconds] = [Number(headers["retry-after-ms"]), Number(headers["retry-after"])];
  const date = Date.parse(String(headers["retry-after"])) - Date.now();
  return [ms, seconds * 1000, date].find((wait) => Number.isFinite(wait) && wait >= 0);
}
