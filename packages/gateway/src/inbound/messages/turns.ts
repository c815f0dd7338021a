/** The turns of a Messages request: blocks become parts, results of tools become messages of their own. */
import type {
  AssistantMessage,
  AudioPart,
  ChatRequest,
  FilePart,
  ImagePart,
  JsonObject,
  Message,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "@lumiverse/core";
import { isObject, wordOf } from "@lumiverse/core/provider";
import { markerOfParts, markResult } from "../shared/cache-marks.ts";
import { clientReplay, isOtherDeployments } from "../shared/client-origin.ts";
import { boolean, invalid, list, object, requiredObject, requiredText, text } from "../shared/fields.ts";
import { contentAt, OptionalItem, partAt, type Reference, ref, spelled, textAt } from "../shared/template.ts";
import { LeftOutBlock } from "./left-out.ts";

export interface TurnContext {
  model: string;
  messages: Message[];
}

type Media = ImagePart | AudioPart | FilePart;

/** The system prompt as the first message. Returns its template. */
export function parseSystem(given: unknown, context: TurnContext): unknown {
  return systemContent(given, "system", context);
}

function systemContent(given: unknown, path: string, { messages }: TurnContext): unknown {
  const at = messages.length;
  if (!Array.isArray(given)) {
    messages.push({ role: "system", content: text(given, path) ?? "" });
    return ref((request) => contentAt(request, at));
  }
  const parts: TextPart[] = [];
  const marker = markerOfParts(parts);
  const template = given.map((item: unknown, i) => {
    const block = requiredObject(item, `${path}[${i}]`);
    const template = typeof block["text"] === "string" ? textBlock(block, at, parts, undefined) : block;
    marker.mark(block);
    return template;
  });
  messages.push({ role: "system", content: parts });
  return template;
}

export function parseTurn(given: unknown, path: string, context: TurnContext): JsonObject {
  const turn = requiredObject(given, path);
  const role = requiredText(turn["role"], `${path}.role`);
  const { content } = turn;
  switch (role) {
    case "system":
      return { ...turn, ...spelled(turn, "content", systemContent(content, `${path}.content`, context)) };
    case "user":
      return {
        ...turn,
        content: Array.isArray(content) ? userBlocks(content, `${path}.content`, context) : plain("user", content, path, context),
      };
    case "assistant":
      return {
        ...turn,
        content: Array.isArray(content) ? assistantBlocks(content, `${path}.content`, context) : plain("assistant", content, path, context),
      };
    default:
      throw invalid(`${path}.role`, `${path}.role is "${role.slice(0, 40)}"; it must be user or assistant`);
  }
}

function plain(role: "user" | "assistant", content: unknown, path: string, { messages }: TurnContext): Reference {
  const at = messages.length;
  const read = text(content, `${path}.content`);
  if (read === undefined) throw invalid(`${path}.content`, `${path}.content is required`);
  messages.push({ role, content: read });
  return ref((request) => contentAt(request, at));
}

function textBlock(block: JsonObject, at: number, parts: Part[], replay: TextPart["replay"]): JsonObject {
  const n = parts.length;
  parts.push({ type: "text", text: wordOf(block["text"]), ...(replay === undefined ? {} : { replay }) });
  return { ...block, text: ref((request) => textAt(request, at, n)) };
}

/** Results come first in the neutral form, wherever they stand in the turn. */
function userBlocks(content: readonly unknown[], path: string, context: TurnContext): unknown[] {
  const { messages } = context;
  const blocks = content.map((item, i) => requiredObject(item, `${path}[${i}]`));
  const results: ToolResultPart[] = [];
  const parts: Part[] = [];
  const marker = markerOfParts(parts);
  const hasResults = blocks.some(({ type }) => type === "tool_result");
  const resultsAt = messages.length;
  const userAt = hasResults ? resultsAt + 1 : resultsAt;
  const template = blocks.map((block, i) => {
    if (block["type"] === "tool_result") return toolResult(block, `${path}[${i}]`, resultsAt, results);
    const read = contentBlock(block, `${path}[${i}]`, parts, (n, pick) => ref((request) => readPart(partAt(request, userAt, n), pick)));
    marker.mark(block);
    return read;
  });
  if (hasResults) messages.push({ role: "tool", content: results });
  if (parts.length > 0 || !hasResults) messages.push({ role: "user", content: parts });
  return template;
}

type PartReference = (n: number, read: (part: Part) => unknown) => Reference;

function readPart(part: Part | undefined, read: (part: Part) => unknown): unknown {
  return part === undefined ? undefined : read(part);
}

const readText = (part: Part): unknown => (part.type === "text" ? part.text : undefined);
const readMedia =
  (read: (media: Media) => unknown) =>
  (part: Part): unknown =>
    part.type === "image" || part.type === "audio" || part.type === "file" ? read(part) : undefined;

/** A block of a user turn or of a result. A kind that the neutral form lacks stays with the client's spelling. */
function contentBlock(block: JsonObject, path: string, parts: Part[], reference: PartReference): JsonObject {
  const n = parts.length;
  switch (block["type"]) {
    case "text":
      parts.push({ type: "text", text: text(block["text"], `${path}.text`) ?? "" });
      return { ...block, ...spelled(block, "text", reference(n, readText)) };
    case "image":
    case "document":
      return mediaBlock(block, block["type"], path, parts, reference);
    case "search_result": {
      parts.push({ type: "text", text: searchResultText(block) });
      return block;
    }
    default:
      return block;
  }
}

function mediaBlock(block: JsonObject, type: "image" | "document", path: string, parts: Part[], reference: PartReference): JsonObject {
  const source = requiredObject(block["source"], `${path}.source`);
  const kind = type === "image" ? "image" : "file";
  const filename = text(block["title"], `${path}.title`);
  const named = kind === "file" && filename !== undefined ? { filename } : {};
  const n = parts.length;
  const add = (media: { data: string; mediaType: string } | { url: string; mediaType?: string }, key: string): JsonObject => {
    parts.push({ type: kind, ...media, ...named } as Media); // a spread has the type of the union
    const read = readMedia((part) => (part.data === undefined ? part.url : part.data));
    return { ...block, source: { ...source, [key]: reference(n, read) } };
  };
  switch (source["type"]) {
    case "base64":
      return add(
        {
          data: requiredText(source["data"], `${path}.source.data`),
          mediaType: requiredText(source["media_type"], `${path}.source.media_type`),
        },
        "data",
      );
    case "url":
      return add(
        { url: requiredText(source["url"], `${path}.source.url`), ...(kind === "file" ? { mediaType: "application/pdf" } : {}) },
        "url",
      );
    case "file":
      return add({ url: requiredText(source["file_id"], `${path}.source.file_id`) }, "file_id");
    case "text":
      parts.push({ type: "text", text: text(source["data"], `${path}.source.data`) ?? "" });
      return { ...block, source: { ...source, ...spelled(source, "data", reference(n, readText)) } };
    case "content":
      parts.push({ type: "text", text: contentText(source["content"]) });
      return block;
    default:
      return block;
  }
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((item: unknown) => (isObject(item) && typeof item["text"] === "string" ? item["text"] : "")).join("\n\n");
}

/** A search result in words, for vendors that have no such block. */
function searchResultText(block: JsonObject): string {
  const { title, source, content } = block;
  const head = [title, source].filter((one) => typeof one === "string").join(" - ");
  return `${head}\n${contentText(content)}`;
}

function toolResult(block: JsonObject, path: string, at: number, results: ToolResultPart[]): JsonObject {
  const n = results.length;
  const id = requiredText(block["tool_use_id"], `${path}.tool_use_id`);
  const isError = boolean(block["is_error"], `${path}.is_error`);
  const template: JsonObject = { ...block, tool_use_id: ref((request) => resultAt(request.messages[at], n)?.id) };
  const result: ToolResultPart = { type: "tool-result", id, content: "", ...(isError === undefined ? {} : { isError }) };
  const { content } = block;
  if (Array.isArray(content)) {
    const parts: Part[] = [];
    const marker = markerOfParts(parts);
    template["content"] = content.map((item: unknown, i) => {
      const inner = requiredObject(item, `${path}.content[${i}]`);
      const read = contentBlock(inner, `${path}.content[${i}]`, parts, (index, pick) =>
        ref((request) => {
          const found = resultAt(request.messages[at], n)?.content;
          return typeof found === "string" ? undefined : readPart(found?.[index], pick);
        }),
      );
      marker.mark(inner);
      return read;
    });
    result.content = parts as (TextPart | Media)[]; // `contentBlock` makes no other kinds
  } else {
    result.content = text(content, `${path}.content`) ?? "";
    if (typeof content === "string")
      template["content"] = ref((request) => {
        const found = resultAt(request.messages[at], n)?.content;
        return typeof found === "string" ? found : undefined;
      });
  }
  markResult(result, block);
  results.push(result);
  return template;
}

function resultAt(message: Message | undefined, n: number): ToolResultPart | undefined {
  return message?.role === "tool" ? message.content[n] : undefined;
}

/** An assistant turn while its blocks are read. */
interface AssistantTurn {
  /** Index of the message. */
  at: number;
  parts: Part[];
  model: string;
}

function assistantBlocks(content: readonly unknown[], path: string, { model, messages }: TurnContext): unknown[] {
  const turn: AssistantTurn = { at: messages.length, parts: [], model };
  const marker = markerOfParts(turn.parts);
  const template = content.map((item, i) => {
    const given = requiredObject(item, `${path}[${i}]`);
    const block = withoutForeignCitations(given);
    const read =
      block === undefined
        ? unlessLeftOut(
            given,
            () => true,
            ref(() => undefined),
          )
        : assistantBlock(block, `${path}[${i}]`, turn);
    marker.mark(given);
    return read;
  });
  const message: AssistantMessage = { role: "assistant", content: turn.parts };
  messages.push(message);
  return template;
}

/**
 * A block without the citations that this gateway wrote for sources of other vendors, which Anthropic refuses: they have no index. Undefined for a text that has nothing
 * else, which it refuses, too.
 */
function withoutForeignCitations(block: JsonObject): JsonObject | undefined {
  const { citations: given, ...others } = block;
  if (!Array.isArray(given) || !given.some(hasNoIndex)) return block;
  if (wordOf(block["text"]).trim() === "") return undefined;
  const citations = (given as readonly unknown[]).filter((citation) => !hasNoIndex(citation));
  return citations.length === 0 ? others : { ...others, citations };
}

function hasNoIndex(citation: unknown): boolean {
  return isObject(citation) && citation["type"] === "web_search_result_location" && citation["encrypted_index"] === "";
}

/** A block with a mark in its place where it is left out. */
function unlessLeftOut(block: JsonObject, isLeftOut: (request: ChatRequest) => boolean, template: unknown): OptionalItem {
  return new OptionalItem((request) => !isLeftOut(request), template, new LeftOutBlock(block));
}

function assistantBlock(block: JsonObject, path: string, turn: AssistantTurn): JsonObject | OptionalItem {
  const { at, parts, model } = turn;
  const n = parts.length;
  const isOthers = (request: ChatRequest): boolean => isOtherDeployments(partAt(request, at, n));
  const replayAt = nextReplay(turn);
  switch (block["type"]) {
    case "text": {
      const cited = citedText(block, path, turn);
      // Without its citations, nothing of it is left to send.
      return wordOf(block["text"]).trim() === "" && "citations" in cited ? unlessLeftOut(block, isOthers, cited) : cited;
    }
    case "thinking":
      return thinkingBlock(block, path, turn);
    case "redacted_thinking":
      return redactedBlock(block, turn);
    case "tool_use":
      return toolUse(block, path, turn);
    case "image":
    case "document":
      return contentBlock(block, path, parts, (inner, read) => ref((request) => readPart(partAt(request, at, inner), read)));
    default: {
      const kind = text(block["type"], `${path}.type`) ?? "unknown";
      parts.push({ type: "opaque", kind, replay: clientReplay("messages", model, block) });
      // It stands for the conversation before it, and its vendor reads it without the encrypted form, too.
      if (kind === "compaction") return { ...block, encrypted_content: replayAt("encrypted_content") };
      // The whole block is the payload that its vendor gave.
      return unlessLeftOut(block, isOthers, Object.fromEntries(Object.keys(block).map((key) => [key, replayAt(key)])));
    }
  }
}

/** Refers to the fields of the payload that the next part of the turn will have. One of another deployment has none. */
function nextReplay({ at, parts: { length: n } }: AssistantTurn): (field: string) => Reference {
  return (field) => ref((request) => replayField(partAt(request, at, n), field));
}

function citedText(block: JsonObject, path: string, turn: AssistantTurn): JsonObject {
  const { at, parts, model } = turn;
  const replayAt = nextReplay(turn);
  const written = text(block["text"], `${path}.text`) ?? "";
  const citations = list(block["citations"], `${path}.citations`);
  const replay = citations === undefined || citations.length === 0 ? undefined : clientReplay("messages", model, { citations });
  const filled = textBlock({ ...block, text: written }, at, parts, replay);
  const template = { ...block, ...spelled(block, "text", filled["text"]) };
  return replay === undefined ? template : { ...template, citations: replayAt("citations") };
}

function thinkingBlock(block: JsonObject, path: string, turn: AssistantTurn): JsonObject {
  const { at, parts, model } = turn;
  const n = parts.length;
  const replayAt = nextReplay(turn);
  const thinking = text(block["thinking"], `${path}.thinking`) ?? "";
  const signature = text(block["signature"], `${path}.signature`);
  const data = signature === undefined || signature === "" ? null : { type: "thinking", thinking, signature };
  parts.push({ type: "reasoning", text: thinking, replay: clientReplay("messages", model, data) });
  const reference = ref((request) => textAt(request, at, n));
  return { ...block, ...spelled(block, "thinking", reference), ...(data === null ? {} : { signature: replayAt("signature") }) };
}

/** What another deployment redacted becomes thinking without a signature, which hosts leave out of the request by their own rules. */
function redactedBlock(block: JsonObject, { at, parts, model }: AssistantTurn): JsonObject {
  const n = parts.length;
  parts.push({ type: "reasoning", text: "", replay: clientReplay("messages", model, block) });
  const read = (own: (data: unknown) => unknown, other: unknown): Reference =>
    ref((request) => {
      const part = partAt(request, at, n);
      return isOtherDeployments(part) ? other : own(replayField(part, "data"));
    });
  return {
    ...block,
    type: read(() => block["type"], "thinking"),
    thinking: read(() => undefined, ""),
    ...spelled(
      block,
      "data",
      read((data) => data, undefined),
    ),
  };
}

function toolUse(block: JsonObject, path: string, { at, parts, model }: AssistantTurn): JsonObject {
  const n = parts.length;
  const input = object(block["input"], `${path}.input`) ?? {};
  const { caller } = block;
  parts.push({
    type: "tool-call",
    id: requiredText(block["id"], `${path}.id`),
    name: requiredText(block["name"], `${path}.name`),
    arguments: JSON.stringify(input),
    input,
    ...(isObject(caller) ? { replay: clientReplay("messages", model, { caller }) } : {}),
  });
  const read = (field: "id" | "name" | "input"): Reference => ref((request) => callAt(partAt(request, at, n))?.[field]);
  return { ...block, id: read("id"), name: read("name"), ...spelled(block, "input", read("input")) };
}

function callAt(part: Part | undefined): ToolCallPart | undefined {
  return part?.type === "tool-call" ? part : undefined;
}

function replayField(part: Part | undefined, field: string): unknown {
  if (isOtherDeployments(part)) return undefined;
  const data = part !== undefined && "replay" in part ? part.replay?.data : undefined;
  return isObject(data) ? data[field] : undefined;
}
