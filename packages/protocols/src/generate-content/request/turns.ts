/** Messages as `contents`. Core has already paired calls with results and removed payloads of other origins. */
import {
  type CheckedCall,
  type HttpRequest,
  isObject,
  type JsonObject,
  type Message,
  type Note,
  type Part,
  policyFor,
  type Replay,
  type ToolCallPart,
  type ToolMessage,
  type ToolNames,
  type ToolResultPart,
} from "@lumiverse/core/provider";
import { type GeminiTraits, geminiTraits } from "../../families/gemini.ts";
import { isMedia, type MediaPolicy } from "../../families/media-formats.ts";
import { noteOnce } from "../../shared/note-once.ts";
import { renderMedia } from "../media.ts";
import { DEGRADATIONS } from "../recover.ts";
import type { PartReplay } from "../response/parts.ts";

/** Replaces the signature of a call that another model made. https://ai.google.dev/gemini-api/docs/thought-signatures */
const SIGNATURE_PLACEHOLDER = "skip_thought_signature_validator";
const PLACEHOLDER_NOTE = "Tool calls without a signature of this model carry the vendor's placeholder instead.";
/** Media types that a tool result can contain. */
const RESULT_MEDIA: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"]);

interface TurnContext extends MediaPolicy {
  call: CheckedCall;
  traits: GeminiTraits | undefined;
  names: ToolNames;
  note: (kind: Note["kind"], message: string) => void;
}

/** Messages as `contents`, and the leading system messages as the parts of `systemInstruction`. */
export function renderTurns(
  call: CheckedCall,
  traits: GeminiTraits | undefined,
  names: ToolNames,
  notes: Note[],
): { system: JsonObject[] | undefined; contents: JsonObject[] } {
  const note: TurnContext["note"] = (kind, message) => noteOnce(notes, { kind, field: "messages", message });
  const context: TurnContext = { call, traits, names, note, notes, policy: policyFor(call.policy, "messages") };
  const system: JsonObject[] = [];
  const contents: JsonObject[] = [];
  for (const message of call.messages) {
    if (message.role === "system" && contents.length === 0) for (const part of systemParts(message)) system.push(part);
    else addMessage(contents, message, context);
  }
  const { prefill } = call.request;
  if (prefill !== undefined && prefill !== "") addTurn(contents, "model", [{ text: prefill }]);
  if (contents.length === 0) {
    contents.push({ role: "user", parts: [{ text: "Begin." }] });
    note("changed", 'The vendor refuses a conversation without a turn, so the user turn "Begin." was added.');
  }
  if (beginsWithCall(contents) || contents.every(({ role }) => role === "model")) {
    // "Please ensure that function call turn comes immediately after a user turn or after a function response turn"
    contents.unshift({ role: "user", parts: [{ text: "Begin." }] });
    note("changed", 'The vendor refuses a conversation that no user turn begins, so the user turn "Begin." was added.');
  }
  if (traits?.system !== false || system.length === 0) return { system: system.length === 0 ? undefined : system, contents };
  prependToFirstTurn(system, contents);
  note("moved", "The model accepts no system prompt, so it was put before the first user turn.");
  return { system: undefined, contents };
}

function beginsWithCall([first]: readonly JsonObject[]): boolean {
  const parts = first?.["role"] === "model" ? first["parts"] : undefined;
  return Array.isArray(parts) && parts.some((part) => isObject(part) && part["functionCall"] !== undefined);
}

function addMessage(contents: JsonObject[], message: Message, context: TurnContext): void {
  switch (message.role) {
    case "system":
      context.note("moved", "A system message after the first turn was sent as a user turn, because the protocol has one system prompt.");
      return addTurn(contents, "user", systemParts(message));
    case "user":
      return addTurn(
        contents,
        "user",
        typeof message.content === "string" ? textParts(message.content) : userParts(message.content, context),
      );
    case "assistant":
      return addTurn(
        contents,
        "model",
        typeof message.content === "string" ? textParts(message.content) : modelParts(message.content, context),
      );
    case "tool":
      return addResults(contents, message, context);
  }
}

/** Joins adjacent model turns, because a turn with calls must follow a user turn or results. User turns are not joined: results need a turn of their own. */
function addTurn(contents: JsonObject[], role: "user" | "model", parts: JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents[contents.length - 1];
  if (role === "model" && last?.["role"] === "model" && Array.isArray(last["parts"])) for (const part of parts) last["parts"].push(part);
  else contents.push({ role, parts });
}

function prependToFirstTurn(parts: readonly JsonObject[], contents: JsonObject[]): void {
  const first = contents[0];
  if (first?.["role"] === "user" && Array.isArray(first["parts"])) first["parts"] = [...parts, ...first["parts"]];
  else contents.unshift({ role: "user", parts: [...parts] });
}

const textParts = (text: string): JsonObject[] => (text === "" ? [] : [{ text }]);

function systemParts({ content }: { content: string | readonly { text: string }[] }): JsonObject[] {
  return typeof content === "string" ? textParts(content) : content.flatMap(({ text }) => textParts(text));
}

function userParts(content: readonly Part[], context: TurnContext): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const part of content) {
    if (part.type === "text") parts.push(...textParts(part.text));
    else if (isMedia(part)) {
      if (part.type === "image" && part.detail !== undefined && part.detail !== "auto")
        context.note("dropped", "The protocol has no detail for one image. Set parameters.mediaResolution for all of them.");
      parts.push(...renderMedia(part, context));
    } else context.note("dropped", `A user turn cannot contain a ${part.type} part, so it was dropped.`);
  }
  return parts;
}

function modelParts(content: readonly Part[], context: TurnContext): JsonObject[] {
  const parts: JsonObject[] = [];
  let calls = 0;
  for (const part of content) {
    const replay = replayOf("replay" in part ? part.replay : undefined, context);
    const signature = replay?.thoughtSignature === undefined ? {} : { thoughtSignature: replay.thoughtSignature };
    switch (part.type) {
      case "text":
        // The vendor refuses an empty part, unless it carries a signature.
        if (part.text !== "" || replay?.thoughtSignature !== undefined) parts.push({ text: part.text, ...signature });
        break;
      case "reasoning":
        if (replay?.thoughtSignature !== undefined) parts.push({ text: part.text, thought: true, ...signature });
        // Unsigned thoughts of this model never go back, which needs no note. Hand-written ones do.
        else if (part.text !== "" && part.replay === undefined)
          context.note("dropped", "Reasoning without a signature was dropped, because the vendor accepts only signed reasoning.");
        break;
      case "tool-call":
        parts.push(callPart(part, replay, calls++ === 0, context));
        break;
      case "image":
      case "audio":
      case "file":
        for (const media of renderMedia(part, context)) parts.push({ ...media, ...signature });
        break;
      case "opaque":
        // Images of a thought are not sent back.
        if (replay?.raw !== undefined && replay.raw["thought"] !== true) parts.push(replay.raw);
        break;
      case "source":
      case "tool-result":
        break;
    }
  }
  return parts;
}

/** What the reader kept of a part, without signatures if the vendor refused them. */
function replayOf(replay: Replay | undefined, { call }: TurnContext): PartReplay | undefined {
  if (!isObject(replay?.data)) return undefined;
  const { thoughtSignature, raw } = replay.data;
  const unsigned = call.degradations.has(DEGRADATIONS.signatures);
  return {
    ...(typeof thoughtSignature === "string" && !unsigned ? { thoughtSignature } : {}),
    ...(isObject(raw) ? { raw: unsigned ? withoutSignature(raw) : raw } : {}),
  };
}

function withoutSignature(raw: JsonObject): JsonObject {
  const { thoughtSignature: _, ...unsigned } = raw;
  return unsigned;
}

function callPart(part: ToolCallPart, replay: PartReplay | undefined, first: boolean, { traits, names, note }: TurnContext): JsonObject {
  const input = part.input ?? parsedArguments(part);
  const rendered: JsonObject = {
    functionCall: {
      ...(traits?.ids === false ? {} : { id: part.id }),
      name: names.encode(part.name),
      // `args` must be an object.
      args: isObject(input) ? input : { value: input },
    },
  };
  if (replay?.thoughtSignature !== undefined) rendered["thoughtSignature"] = replay.thoughtSignature;
  else if (first && traits?.signed === true) {
    // The first call of a step must have a signature; the calls parallel to it must not.
    rendered["thoughtSignature"] = SIGNATURE_PLACEHOLDER;
    note("foreign", PLACEHOLDER_NOTE);
  }
  return rendered;
}

/** The arguments of a call without `input`. Core has already noted those that are not JSON. */
function parsedArguments(part: ToolCallPart): unknown {
  try {
    return JSON.parse(part.arguments);
  } catch {
    return {};
  }
}

/** All results of a step in one turn, in the order of the calls. */
function addResults(contents: JsonObject[], message: ToolMessage, context: TurnContext): void {
  const results: JsonObject[] = [];
  const mediaAfter: JsonObject[] = [];
  for (const part of message.content) results.push(resultPart(part, mediaAfter, context));
  addTurn(contents, "user", results);
  if (mediaAfter.length === 0) return;
  context.note("moved", "The model accepts no such media in a tool result, so it was sent in a user turn after it.");
  addTurn(contents, "user", mediaAfter);
}

/** One result. Media that it cannot contain is added to `mediaAfter`. */
function resultPart(result: ToolResultPart, mediaAfter: JsonObject[], context: TurnContext): JsonObject {
  const { traits, names } = context;
  const content = typeof result.content === "string" ? [{ type: "text" as const, text: result.content }] : result.content;
  const media: JsonObject[] = [];
  let text = "";
  let labelled = false;
  for (const part of content) {
    if (part.type === "text") {
      text += `${text === "" ? "" : "\n"}${part.text}`;
      continue;
    }
    const [rendered] = renderMedia(part, context);
    if (rendered === undefined) continue;
    if (traits?.toolMedia !== false && part.mediaType !== undefined && RESULT_MEDIA.has(part.mediaType) && "inlineData" in rendered)
      media.push(rendered);
    else {
      if (!labelled) mediaAfter.push({ text: `From the result of ${result.name ?? "the tool"}:` });
      labelled = true;
      mediaAfter.push(rendered);
    }
  }
  if (text === "" && content.length > 0) text = media.length > 0 || labelled ? "(attached)" : "";
  return {
    functionResponse: {
      ...(traits?.ids === false ? {} : { id: result.id }),
      name: names.encode(result.name ?? "tool"),
      // The protocol has no error flag. The vendor documents the key `error` for failures.
      response: result.isError === true ? { error: text } : { output: text },
      ...(media.length === 0 ? {} : { parts: media }),
    },
  };
}

/** Gives the placeholder to calls without a signature in a body that a client spelled, because another vendor made them. */
export function addMissingSignatures({ body }: HttpRequest, model: string, notes: Note[]): void {
  const contents = body?.["contents"];
  if (body === undefined || !Array.isArray(contents) || geminiTraits(model)?.signed !== true) return;
  let isChanged = false;
  const signed = contents.map((turn: unknown) => {
    if (!isObject(turn) || turn["role"] !== "model" || !Array.isArray(turn["parts"])) return turn;
    const { parts } = turn;
    // Clients may write the vendor's fields in snake case.
    const first = parts.findIndex((part: unknown) => isObject(part) && (part["functionCall"] ?? part["function_call"]) !== undefined);
    const call: unknown = parts[first];
    if (!isObject(call) || (call["thoughtSignature"] ?? call["thought_signature"] ?? "") !== "") return turn;
    isChanged = true;
    const field = "function_call" in call ? "thought_signature" : "thoughtSignature";
    return { ...turn, parts: parts.with(first, { ...call, [field]: SIGNATURE_PLACEHOLDER }) };
  });
  if (!isChanged) return;
  body["contents"] = signed;
  noteOnce(notes, { kind: "foreign", field: "messages", message: PLACEHOLDER_NOTE });
}
