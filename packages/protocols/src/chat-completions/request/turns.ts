import {
  type AssistantMessage,
  type CheckedCall,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
  type Note,
  type Part,
  policyFor,
  shortId,
  type ToolCallPart,
  type ToolMessage,
} from "@lumiverse/core/provider";
import { needsUserTurn, reasoningReplay } from "../../families/history.ts";
import { isMedia } from "../../families/media-formats.ts";
import { modelVendor } from "../../families/schemas.ts";
import { isFilledText } from "../../shared/json-values.ts";
import { noteOnce } from "../../shared/note-once.ts";
import { acceptedCallId, hashedCallId } from "../../shared/tool-names.ts";
import type { Dialect } from "../dialect.ts";
import { type MediaContext, renderMedia } from "../media.ts";
import { replayableDetails } from "../reasoning-details.ts";
import type { ToolSet } from "../tools.ts";

/** The messages of the body: one for each turn, and one for each tool result. */
export function renderTurns(call: CheckedCall, given: Dialect, tools: ToolSet, notes: Note[]): JsonObject[] {
  const dialect: Dialect = { ...given, toolIds: given.toolIds ?? acceptedToolIds(given.schemaVendor ?? modelVendor(call.request.model)) };
  const { breakpoints } = call;
  const media: TurnContext = { dialect, model: call.request.model, policy: policyFor(call.policy, "messages"), notes, breakpoints };
  const reasoning = replayedReasoning(dialect, call.request.model);
  const out: JsonObject[] = [];
  let resultMedia: JsonObject[] = [];
  const attachResultMedia = (): void => {
    if (resultMedia.length > 0) out.push({ role: "user", content: resultMedia });
    resultMedia = [];
  };
  for (const message of moveSystemMessages(call.messages, dialect.systemPlacement ?? "anywhere")) {
    if (message.role !== "tool") attachResultMedia();
    if (message.role === "system") out.push({ role: dialect.systemRole ?? "system", content: contentOf(message.content, media) });
    else if (message.role === "user") out.push({ role: "user", content: contentOf(message.content, media) });
    else if (message.role === "tool") for (const result of message.content) out.push(toolResult(result, resultMedia, tools, media));
    else {
      const turn = assistantTurn(message, media, reasoning, tools);
      noteLosses(message, turn, notes);
      if (turn !== undefined) out.push(turn);
    }
  }
  attachResultMedia();
  const prefill = prefillTurn(call, dialect);
  if (call.policy.unsupported !== "send") {
    if (out.length === 0 && prefill === undefined)
      throw new LumiverseError({ code: "invalid-request", field: "messages", message: "messages has no content to send" });
    if (needsUserTurn(call.request.model)) addUserTurn(out, notes);
  }
  if (prefill !== undefined) out.push(prefill);
  return alternate(out, dialect.alternation ?? "free", notes);
}

/** Ids of tool calls that the vendor of a model accepts. */
function acceptedToolIds(vendor: Dialect["schemaVendor"]): NonNullable<Dialect["toolIds"]> {
  return vendor === "openai" ? "any-40" : vendor === "anthropic" ? "word-64" : "any";
}

function replayedReasoning({ reasoning }: Dialect, model: string): ReplayedReasoning {
  const demanded = reasoningReplay(model);
  return { ...reasoning, replay: reasoning?.replay ?? demanded ?? "never", demanded: demanded !== undefined };
}

/** Notes what an assistant turn loses. */
function noteLosses({ content }: AssistantMessage, turn: JsonObject | undefined, notes: Note[]): void {
  // Media of this host go back in fields of their own.
  if (typeof content !== "string" && content.some(isMedia) && !(turn?.["audio"] ?? turn?.["images"]))
    noteOnce(notes, { kind: "dropped", field: "messages", message: "Media of an assistant turn were dropped." });
  if (turn === undefined)
    notes.push({ kind: "dropped", field: "messages", message: "An assistant turn with nothing but reasoning was dropped." });
}

function addUserTurn(out: JsonObject[], notes: Note[]): void {
  if (out.some(({ role }) => role === "user")) return;
  const head = out.findLastIndex(({ role }) => role === "system" || role === "developer") + 1;
  out.splice(head, 0, { role: "user", content: "Begin." });
  notes.push({ kind: "changed", field: "messages", message: 'The user turn "Begin." was added.' });
}

function joinText(content: Message["content"], separator: string): string {
  if (typeof content === "string") return content;
  const texts: string[] = [];
  for (const part of content) if (part.type === "text") texts.push(part.text);
  return texts.join(separator);
}

interface TurnContext extends MediaContext {
  breakpoints: CheckedCall["breakpoints"];
}

/** The content of a message of the system or the user. Texts are joined, but with cache breakpoints parts stay parts. */
function contentOf(content: string | readonly Part[], context: TurnContext): string | JsonObject[] {
  const { breakpoints, dialect } = context;
  if (typeof content === "string" || (breakpoints === undefined && content.every((part) => part.type === "text")))
    return joinText(content, "\n\n");
  const out: JsonObject[] = [];
  for (const part of content) {
    const items = part.type === "text" ? [{ type: "text", text: part.text }] : isMedia(part) ? renderMedia(part, context) : [];
    breakpoints?.mark(part, items.at(-1));
    out.push(...items);
  }
  // Hosts refuse an empty list, which is left where the media were dropped.
  return dialect.content === "string" || out.length === 0 ? joinText(content, "\n\n") : out;
}

/** `demanded`: the vendor of the model refuses a history without its reasoning. */
type ReplayedReasoning = Dialect["reasoning"] & { demanded: boolean };

function assistantTurn(
  message: AssistantMessage,
  { dialect, breakpoints }: TurnContext,
  reasoning: ReplayedReasoning,
  tools: ToolSet,
): JsonObject | undefined {
  const calls: JsonObject[] = [];
  const list = typeof message.content === "string" ? NO_PARTS : message.content;
  for (const part of list)
    if (part.type === "tool-call")
      calls.push({
        id: toolCallId(part.id, dialect.toolIds ?? "any"),
        type: "function",
        function: { name: tools.names.encode(part.name), arguments: argumentsOf(part, tools) },
      });
  const text = joinText(message.content, "");
  const { content: chunks, ...fields } = replayFields(message, list, calls.length > 0, reasoning);
  if (text === "" && calls.length === 0 && chunks === undefined && fields["audio"] === undefined && fields["images"] === undefined)
    return undefined;
  const turn: JsonObject = { role: "assistant" };
  if (chunks !== undefined) turn["content"] = chunks;
  else if (text !== "" || calls.length === 0) turn["content"] = text;
  else if (dialect.toolTurnContent !== "omit") turn["content"] = EMPTY[dialect.toolTurnContent ?? "null"];
  for (const key of Object.keys(fields)) turn[key] = fields[key];
  if (calls.length > 0) turn["tool_calls"] = calls;
  for (const part of list) breakpoints?.mark(part, turn);
  return turn;
}

function argumentsOf({ name, arguments: text }: ToolCallPart, tools: ToolSet): string {
  return text.trim() === "" ? "{}" : (tools.properties.get(name)?.encode(text) ?? text);
}

const NO_PARTS: readonly Part[] = [];
const EMPTY = { null: null, empty: "", space: " " };

function toolResult(result: ToolMessage["content"][number], resultMedia: JsonObject[], tools: ToolSet, context: TurnContext): JsonObject {
  const { dialect } = context;
  const media: JsonObject[] = [];
  if (typeof result.content !== "string") for (const part of result.content) if (isMedia(part)) media.push(...renderMedia(part, context));
  const inside = media.length > 0 && dialect.toolImages === "parts";
  let text = joinText(result.content, "\n\n");
  if (media.length > 0 && !inside) {
    const name = result.name ?? "the tool";
    resultMedia.push({ type: "text", text: `Attached by ${name}:` });
    for (const part of media) resultMedia.push(part);
    if (text === "") text = "The result is attached to the next message.";
  }
  // Hosts with rules for empty turns refuse empty results too: "must have at least one content element", "must not be empty".
  if (text === "" && !inside && (dialect.toolTurnContent === "space" || dialect.toolTurnContent === "omit")) text = "(empty)";
  // Chat Completions have no flag for a failed call.
  if (result.isError === true) text = `Error: ${text}`;
  const message = {
    role: "tool",
    tool_call_id: toolCallId(result.id, dialect.toolIds ?? "any"),
    ...(dialect.toolResultName === true && result.name !== undefined ? { name: tools.names.encode(result.name) } : {}),
    content: inside ? [...(text === "" ? [] : [{ type: "text", text }]), ...media] : text,
  };
  context.breakpoints?.mark(result, message);
  return message;
}

function toolCallId(id: string, kind: NonNullable<Dialect["toolIds"]>): string {
  if (kind === "alphanumeric-9") return /^[A-Za-z0-9]{9}$/.test(id) ? id : shortId(id, 9);
  // Anthropic: "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'", also behind gateways.
  if (kind === "word-64") return acceptedCallId(id);
  // OpenAI: "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40".
  if (kind === "any-40") return id.length <= 40 ? id : hashedCallId(id);
  return id;
}

function prefillTurn(call: CheckedCall, dialect: Dialect): JsonObject | undefined {
  const { prefill } = call.request;
  if (prefill === undefined) return undefined;
  const mark = dialect.prefill ?? "last";
  return { role: "assistant", content: prefill, ...(mark === "last" || mark === "continue" ? {} : { [mark]: true }) };
}

/**
 * The fields by which an assistant turn carries back its reasoning and the host's own items. Payloads of other origins are already removed. Reasoning
 * without a payload came from elsewhere and is not sent.
 */
function replayFields(message: AssistantMessage, parts: readonly Part[], calls: boolean, reasoning: ReplayedReasoning): JsonObject {
  const fields: JsonObject = {};
  const when = reasoning.replay;
  const field = reasoning.replayField ?? "reasoning_content";
  const sendsReasoning = when === "always" || when === "present" || (when === "tool-turns" && calls);
  if (sendsReasoning && field === "reasoning_details") {
    const details = isObject(message.replay?.data) ? message.replay.data["reasoning_details"] : undefined;
    if (Array.isArray(details)) fields["reasoning_details"] = replayableDetails(details);
    // Some upstreams of OpenRouter return the text alone.
    else if (reasoning.demanded && (calls || ownReasoning(parts) !== "")) fields["reasoning"] = ownReasoning(parts);
  } else if (sendsReasoning && field === "content") {
    const chunks = contentChunks(parts);
    if (chunks !== undefined) fields["content"] = chunks;
  } else if (sendsReasoning) {
    const text = ownReasoning(parts);
    // A call of another model, or a hand-written one, has no reasoning of this model. The field must be there all the same.
    if (text !== "" || when === "present" || (reasoning.demanded && calls)) fields[field] = text;
  }
  for (const part of parts) {
    const data = "replay" in part && isObject(part.replay?.data) ? part.replay.data : undefined;
    if (data === undefined) continue;
    if (part.type === "audio" && data["audio"] !== undefined) fields["audio"] = { id: data["audio"] };
    else if (part.type === "image" && data["as"] === "images")
      append(fields, "images", { type: "image_url", image_url: { url: part.url ?? `data:${part.mediaType};base64,${part.data}` } });
    else if (part.type === "opaque" && data["annotation"] !== undefined) append(fields, "annotations", data["annotation"]);
  }
  return fields;
}

/** The reasoning that this host returned. */
function ownReasoning(parts: readonly Part[]): string {
  let text = "";
  for (const part of parts) if (part.type === "reasoning" && part.replay !== undefined) text += part.text;
  return text;
}

function append(fields: JsonObject, key: string, item: unknown): void {
  const list = fields[key];
  if (Array.isArray(list)) list.push(item);
  else fields[key] = [item];
}

/** Mistral's content list: thinking chunks, references and text in the order in which they came. */
function contentChunks(parts: readonly Part[]): JsonObject[] | undefined {
  if (!parts.some((part) => (part.type === "reasoning" || part.type === "opaque") && part.replay !== undefined)) return undefined;
  const chunks: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === "reasoning" && part.replay !== undefined)
      chunks.push({ type: "thinking", thinking: [{ type: "text", text: part.text }], closed: true });
    else if (part.type === "text" && part.text !== "") chunks.push({ type: "text", text: part.text });
    else if (part.type === "opaque" && isObject(part.replay?.data) && isObject(part.replay.data["content"]))
      chunks.push(part.replay.data["content"]);
  }
  return chunks;
}

// ── the order that a host requires ───────────────────────────────────────────────────────────────────────────────────

/** Moves system messages to where the host accepts them. */
function moveSystemMessages(messages: readonly Message[], placement: NonNullable<Dialect["systemPlacement"]>): readonly Message[] {
  if (placement === "anywhere") return messages;
  const out: Message[] = [];
  const merged: string[] = [];
  let late: string[] = [];
  for (const message of messages) {
    if (message.role === "system") {
      const text = joinText(message.content, "\n\n");
      if (placement === "leading" && out.some((one) => one.role !== "system")) late.push(text);
      else if (placement === "leading") out.push(message);
      else merged.push(text);
      continue;
    }
    if (message.role === "user" && late.length > 0) {
      out.push(withPrefix(message, late));
      late = [];
    } else out.push(message);
  }
  if (late.length > 0) out.push({ role: "user", content: late.join("\n\n") });
  if (merged.length === 0) return out;
  if (placement === "first") return [{ role: "system", content: merged.join("\n\n") }, ...out];
  const at = out.findIndex((message) => message.role === "user");
  const user = out[at];
  if (user?.role !== "user") return [{ role: "user", content: merged.join("\n\n") }, ...out];
  out[at] = withPrefix(user, merged);
  return out;
}

function withPrefix(message: Extract<Message, { role: "user" }>, texts: readonly string[]): Message {
  const text = texts.join("\n\n");
  if (typeof message.content === "string") return { ...message, content: `${text}\n\n${message.content}` };
  return { ...message, content: [{ type: "text", text }, ...message.content] };
}

/** Turns in the order that the host demands. No content is dropped, and filler turns are as short as possible. */
function alternate(messages: JsonObject[], alternation: NonNullable<Dialect["alternation"]>, notes: Note[]): JsonObject[] {
  if (alternation === "free") return messages;
  if (alternation === "filler") messages = withoutLateSystem(messages, notes);
  const out: JsonObject[] = [];
  for (const message of messages) {
    const last = out[out.length - 1];
    const role = message["role"];
    if (alternation === "filler") {
      // Mistral: "Unexpected role 'user' after role 'tool'".
      if (role === "user" && last?.["role"] === "tool") out.push({ role: "assistant", content: "OK." });
      out.push(message);
      continue;
    }
    if (role === "assistant" && (last === undefined || last["role"] === "system" || last["role"] === "developer"))
      out.push({ role: "user", content: "Continue." });
    if (last !== undefined && role === last["role"] && role !== "tool" && role !== "system") out[out.length - 1] = joinTurns(last, message);
    else out.push(message);
  }
  return out;
}

/**
 * Sends system messages as user messages where Mistral refuses them: "Unexpected role 'system' after role 'assistant'", and "Expected last role User or Tool (or
 * Assistant with prefix True) for serving but got system".
 */
function withoutLateSystem(messages: JsonObject[], notes: Note[]): JsonObject[] {
  const isSystem = (message: JsonObject | undefined): boolean => message?.["role"] === "system" || message?.["role"] === "developer";
  let before: unknown;
  return messages.map((message, i) => {
    const isRefused = isSystem(message) && (before === "assistant" || before === "tool" || i === messages.length - 1);
    const sent = isRefused ? { ...message, role: "user" } : message;
    if (isRefused)
      noteOnce(notes, {
        kind: "changed",
        field: "messages",
        message: "The host does not accept a system message here, so it was sent as a user message.",
      });
    before = sent["role"];
    return sent;
  });
}

function joinTurns(first: JsonObject, second: JsonObject): JsonObject {
  const out: JsonObject = { ...first, ...second, content: joinContent(first["content"], second["content"]) };
  const calls = [first["tool_calls"], second["tool_calls"]].filter((list) => Array.isArray(list)).flat();
  if (calls.length > 0) out["tool_calls"] = calls;
  return out;
}

function joinContent(first: unknown, second: unknown): unknown {
  if (typeof first === "string" && typeof second === "string")
    return first === "" || second === "" ? first + second : `${first}\n\n${second}`;
  const list = (content: unknown): unknown[] =>
    Array.isArray(content) ? content : isFilledText(content) ? [{ type: "text", text: content }] : isObject(content) ? [content] : [];
  return first === null && second === null ? null : [...list(first), ...list(second)];
}
