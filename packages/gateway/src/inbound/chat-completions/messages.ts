/** The messages of a Chat Completions request. */
import type { AudioPart, FilePart, ImagePart, JsonObject, Message, Part, Replay, TextPart, ToolResultPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { breakpointAt, markerOfParts, markResult } from "../shared/cache-marks.ts";
import { clientReplay, isOtherDeployments } from "../shared/client-origin.ts";
import { customArguments, customInput } from "../shared/client-tools.ts";
import { mediaOf, urlOf } from "../shared/data-url.ts";
import { invalid, list, object, requiredText, text } from "../shared/fields.ts";
import { refusalIn, refusalReference } from "../shared/refusal.ts";
import { contentAt, fill, partAt, type Reference, ref, textAt } from "../shared/template.ts";

export interface ParsedMessages {
  messages: Message[];
  template: unknown[];
}

interface MessageContext {
  model: string;
  messages: Message[];
}

/** Fields in which hosts return reasoning and accept it back. The first that is not empty counts. */
const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_text"] as const;

export function parseMessages(given: readonly unknown[], model: string): ParsedMessages {
  const context: MessageContext = { model, messages: [] };
  const template = given.map((message, i) => {
    const path = `messages[${i}]`;
    const fields = object(message, path);
    if (fields === undefined) throw invalid(path, `${path} is required`);
    return parseMessage(fields, path, context);
  });
  return { messages: context.messages, template };
}

function parseMessage(fields: JsonObject, path: string, context: MessageContext): JsonObject {
  const role = requiredText(fields["role"], `${path}.role`);
  switch (role) {
    case "system":
    case "developer":
      return systemMessage(fields, path, context);
    case "user":
      return userMessage(fields, path, context);
    case "assistant":
      return assistantMessage(fields, path, context);
    case "tool":
    case "function":
      return toolMessage(fields, path, context);
    default:
      throw invalid(`${path}.role`, `${path}.role is "${role.slice(0, 40)}"; it must be system, developer, user, assistant or tool`);
  }
}

function systemMessage(fields: JsonObject, path: string, { messages }: MessageContext): JsonObject {
  const at = messages.length;
  const { content } = fields;
  const items = listOf(fields);
  if (items === undefined) {
    messages.push({ role: "system", content: text(content, `${path}.content`) ?? "" });
    return content === undefined || content === null ? { ...fields } : { ...fields, content: ref((request) => contentAt(request, at)) };
  }
  const parts: TextPart[] = [];
  const marker = markerOfParts(parts);
  const template = items.map((item: unknown, i) => {
    const read =
      typeof item === "string" || (isObject(item) && typeof item["text"] === "string")
        ? textTemplate(item, `${path}.content[${i}]`, at, parts)
        : item;
    marker.mark(item);
    return read;
  });
  marker.mark(fields);
  messages.push({ role: "system", content: parts });
  return { ...fields, content: Array.isArray(content) ? template : template[0] };
}

/** The parts of a message. A text is one if the message has a breakpoint, which only parts can have in the neutral form. Otherwise undefined. */
function listOf(fields: JsonObject): readonly unknown[] | undefined {
  const { content } = fields;
  if (typeof content === "string" && breakpointAt(fields).cacheBreakpoint !== undefined) return [content];
  return Array.isArray(content) ? content : undefined;
}

/** A text of a list, as a text or as an object with one. */
function textTemplate(item: unknown, path: string, at: number, parts: Part[]): unknown {
  const n = parts.length;
  const value = isObject(item) ? item["text"] : item;
  parts.push({ type: "text", text: text(value, `${path}.text`) ?? "" });
  const reference = ref((request) => textAt(request, at, n));
  return isObject(item) ? { ...item, text: reference } : reference;
}

function userMessage(fields: JsonObject, path: string, { messages }: MessageContext): JsonObject {
  const at = messages.length;
  const { content } = fields;
  const items = listOf(fields);
  if (items === undefined) {
    messages.push({ role: "user", content: text(content, `${path}.content`) ?? "" });
    return content === undefined || content === null ? { ...fields } : { ...fields, content: ref((request) => contentAt(request, at)) };
  }
  const parts: Part[] = [];
  const marker = markerOfParts(parts);
  const template = items.map((item: unknown, i) => {
    const read = contentPart(item, `${path}.content[${i}]`, at, parts);
    marker.mark(item);
    return read;
  });
  marker.mark(fields);
  messages.push({ role: "user", content: parts });
  return { ...fields, content: Array.isArray(content) ? template : template[0] };
}

/** A part of a user message or of a tool's result. A kind that the neutral form lacks stays with the client's spelling. */
function contentPart(item: unknown, path: string, at: number, parts: Part[]): unknown {
  if (typeof item === "string") return textTemplate(item, path, at, parts);
  const fields = object(item, path);
  if (fields === undefined) throw invalid(path, `${path} is required`);
  const media = mediaPart(fields, path);
  if (media === undefined) return typeof fields["text"] === "string" ? textTemplate(fields, path, at, parts) : fields;
  const n = parts.length;
  parts.push(media.part);
  return media.template((read) => ref((request) => readMedia(partAt(request, at, n), read)));
}

type MediaPart = ImagePart | AudioPart | FilePart;
type MediaReference = (read: (part: MediaPart) => unknown) => Reference;

function readMedia(part: Part | undefined, read: (part: MediaPart) => unknown): unknown {
  return part?.type === "image" || part?.type === "audio" || part?.type === "file" ? read(part) : undefined;
}

/** A media part, and the template of the fields that it was read from. */
interface ParsedMedia {
  part: MediaPart;
  template: (reference: MediaReference) => JsonObject;
}

function mediaPart(fields: JsonObject, path: string): ParsedMedia | undefined {
  switch (fields["type"]) {
    case "image_url":
      return imagePart(fields, path);
    case "input_audio":
      return audioPart(fields, path);
    case "video_url":
      return videoPart(fields, path);
    case "file":
      return filePart(fields, path);
    case "document_url": {
      const url = requiredText(fields["document_url"], `${path}.document_url`);
      return {
        part: { type: "file", ...mediaOf(url) } as FilePart, // a spread has the type of the union
        template: (reference) => ({ ...fields, document_url: reference(urlOf) }),
      };
    }
    default:
      return undefined;
  }
}

/** The address at a field, which holds it as a text or in an object with a `url`. */
function addressAt(
  fields: JsonObject,
  field: string,
  path: string,
): { url: string; holder: JsonObject | undefined; template: ParsedMedia["template"] } {
  const given = fields[field];
  const holder = isObject(given) ? given : undefined;
  return {
    url: requiredText(holder === undefined ? given : holder["url"], `${path}.${field}.url`),
    holder,
    template: (reference) => ({ ...fields, [field]: holder === undefined ? reference(urlOf) : { ...holder, url: reference(urlOf) } }),
  };
}

function imagePart(fields: JsonObject, path: string): ParsedMedia {
  const { url, holder, template } = addressAt(fields, "image_url", path);
  const detail = holder?.["detail"];
  const level = detail === "auto" || detail === "low" || detail === "high" ? { detail } : {};
  return { part: { type: "image", ...mediaOf(url), ...level } as ImagePart, template }; // mediaOf gives either an address or bytes
}

function videoPart(fields: JsonObject, path: string): ParsedMedia {
  const { url, template } = addressAt(fields, "video_url", path);
  const media = mediaOf(url);
  const part = media.data === undefined ? { type: "file", url, mediaType: "video/mp4" } : { type: "file", ...media };
  return { part: part as FilePart, template }; // mediaOf gives either an address or bytes
}

function audioPart(fields: JsonObject, path: string): ParsedMedia {
  if (typeof fields["input_audio"] === "string") return bareAudio(fields, fields["input_audio"]);
  const holder = object(fields["input_audio"], `${path}.input_audio`) ?? {};
  const data = requiredText(holder["data"], `${path}.input_audio.data`);
  const format = text(holder["format"], `${path}.input_audio.format`) ?? "wav";
  return {
    part: { type: "audio", data, mediaType: `audio/${format === "mp3" ? "mpeg" : format}` },
    template: (reference) => ({ ...fields, input_audio: { ...holder, data: reference((part) => part.data) } }),
  };
}

/** Undefined for a file that has neither bytes nor an id. */
function filePart(fields: JsonObject, path: string): ParsedMedia | undefined {
  const holder = object(fields["file"], `${path}.file`) ?? {};
  const data = text(holder["file_data"], `${path}.file.file_data`);
  const id = text(holder["file_id"], `${path}.file.file_id`);
  const filename = text(holder["filename"], `${path}.file.filename`);
  const media = data === undefined ? (id === undefined ? undefined : { url: id }) : mediaOf(data);
  if (media === undefined) return undefined;
  return {
    part: { type: "file", ...media, ...(filename === undefined ? {} : { filename }) } as FilePart, // mediaOf gives either an address or bytes
    template: (reference) => ({ ...fields, file: { ...holder, [data === undefined ? "file_id" : "file_data"]: reference(urlOf) } }),
  };
}

/** Mistral takes the audio without an object around it: its address, a data URL, or its bytes. https://docs.mistral.ai/capabilities/audio */
function bareAudio(fields: JsonObject, audio: string): ParsedMedia {
  const isBytes = !/^[a-z]+:/i.test(audio.slice(0, 10));
  const media = isBytes ? { data: audio, mediaType: "audio/mpeg" } : mediaOf(audio);
  return {
    part: { type: "audio", ...media } as AudioPart, // a spread has the type of the union
    template: (reference) => ({ ...fields, input_audio: reference((part) => (isBytes ? part.data : urlOf(part))) }),
  };
}

function assistantMessage(fields: JsonObject, path: string, { model, messages }: MessageContext): JsonObject {
  const at = messages.length;
  const template: JsonObject = { ...fields };
  const parts: Part[] = [];
  const reasoning = REASONING_FIELDS.find((field) => typeof fields[field] === "string" && fields[field] !== "");
  if (reasoning !== undefined) {
    const value = requiredText(fields[reasoning], `${path}.${reasoning}`);
    parts.push({ type: "reasoning", text: value, replay: clientReplay("chat-completions", model, null) });
    // Hosts that repeat the text in a second field get it back there too.
    for (const field of REASONING_FIELDS) if (fields[field] === value) template[field] = ref((request) => textAt(request, at, 0));
  }
  if (fields["content"] !== undefined && fields["content"] !== null)
    template["content"] = assistantContent(fields["content"], `${path}.content`, at, parts, model);
  if (typeof fields["refusal"] === "string" && fields["refusal"] !== "")
    template["refusal"] = refusalReference(fields["refusal"], at, parts);
  const calls = list(fields["tool_calls"], `${path}.tool_calls`);
  if (calls !== undefined) template["tool_calls"] = calls.map((call, i) => toolCall(call, `${path}.tool_calls[${i}]`, at, parts));
  const legacy = object(fields["function_call"], `${path}.function_call`);
  if (legacy !== undefined)
    template["function_call"] = functionCall(legacy, `${path}.function_call`, text(legacy["name"], "") ?? "", at, parts);
  markerOfParts(parts).mark(fields);
  const details = list(fields["reasoning_details"], `${path}.reasoning_details`);
  const replay = details === undefined ? {} : { replay: clientReplay("chat-completions", model, { reasoning_details: details }) };
  if (details !== undefined)
    template["reasoning_details"] = ref(({ messages: now }) => {
      const message = now[at];
      if (message?.role !== "assistant" || isOtherDeployments(message)) return undefined;
      return isObject(message.replay?.data) ? message.replay.data["reasoning_details"] : undefined;
    });
  messages.push({ role: "assistant", content: parts, ...replay });
  return template;
}

function assistantContent(content: unknown, path: string, at: number, parts: Part[], model: string): unknown {
  if (!Array.isArray(content)) {
    const n = parts.length;
    parts.push({ type: "text", text: text(content, path) ?? "" });
    return ref((request) => textAt(request, at, n));
  }
  const marker = markerOfParts(parts);
  return content.map((item: unknown, i) => {
    const where = `${path}[${i}]`;
    const isThinking = isObject(item) && item["type"] === "thinking";
    const read = isThinking ? thinkingChunk(item, where, at, parts, model) : assistantPart(item, where, at, parts);
    marker.mark(item);
    return read;
  });
}

/** A text or a refusal. Other kinds stay with the client's spelling. */
function assistantPart(item: unknown, path: string, at: number, parts: Part[]): unknown {
  const refusal = isObject(item) ? refusalIn(item) : undefined;
  if (isObject(item) && refusal !== undefined) return { ...item, refusal: refusalReference(refusal, at, parts) };
  const isText = typeof item === "string" || (isObject(item) && typeof item["text"] === "string");
  return isText ? textTemplate(item, path, at, parts) : item;
}

/** Mistral's thinking among the content. */
function thinkingChunk(item: JsonObject, path: string, at: number, parts: Part[], model: string): JsonObject {
  const thinking = list(item["thinking"], `${path}.thinking`);
  if (thinking === undefined) return item;
  return {
    ...item,
    thinking: thinking.map((piece, i) => {
      if (!isObject(piece) || typeof piece["text"] !== "string") return piece;
      const n = parts.length;
      parts.push({
        type: "reasoning",
        text: text(piece["text"], `${path}.thinking[${i}].text`) ?? "",
        replay: clientReplay("chat-completions", model, null),
      });
      return { ...piece, text: ref((request) => textAt(request, at, n)) };
    }),
  };
}

function toolCall(call: unknown, path: string, at: number, parts: Part[]): unknown {
  const fields = object(call, path);
  if (fields === undefined) throw invalid(path, `${path} is required`);
  const called = object(fields["function"], `${path}.function`);
  const custom = fields["type"] === "custom" ? object(fields["custom"], `${path}.custom`) : undefined;
  if (called === undefined && custom === undefined) return fields;
  const n = parts.length;
  const id = text(fields["id"], `${path}.id`);
  const template: JsonObject = { ...fields };
  if (called !== undefined) {
    const signature = signatureOf(fields);
    template["function"] = functionCall(called, `${path}.function`, id ?? "", at, parts, signature);
    if (signature !== undefined) template["extra_content"] = signatureTemplate(fields["extra_content"], at, n);
  }
  if (called === undefined && custom !== undefined) template["custom"] = customCall(custom, `${path}.custom`, id ?? "", at, parts);
  if (id !== undefined) template["id"] = ref((request) => readCall(request.messages[at], n)?.id);
  return template;
}

/** Gemini's signature of a call, as Google's compatible endpoint writes it. https://ai.google.dev/gemini-api/docs/thought-signatures */
function signatureOf({ extra_content: extra }: JsonObject): Replay | undefined {
  const google = isObject(extra) ? extra["google"] : undefined;
  const signature = isObject(google) ? google["thought_signature"] : undefined;
  return typeof signature === "string" ? clientReplay("generate-content", "", { thoughtSignature: signature }) : undefined;
}

/** The field with the signature that the request has. Without one, Google's part of it is left out. */
function signatureTemplate(extra: unknown, at: number, n: number): unknown {
  if (!isObject(extra) || !isObject(extra["google"])) return extra;
  const { google, ...others } = extra;
  return ref((request) => {
    const part = partAt(request, at, n);
    const data = part?.type === "tool-call" && !isOtherDeployments(part) ? part.replay?.data : undefined;
    if (isObject(data)) return { ...extra, google: { ...google, thought_signature: data["thoughtSignature"] } };
    return Object.keys(others).length === 0 ? undefined : others;
  });
}

function functionCall(fields: JsonObject, path: string, id: string, at: number, parts: Part[], replay?: Replay): JsonObject {
  const n = parts.length;
  const name = requiredText(fields["name"], `${path}.name`);
  const given = fields["arguments"];
  // Some clients send an object.
  const written = isObject(given) ? JSON.stringify(given) : (text(given, `${path}.arguments`) ?? "");
  parts.push({ type: "tool-call", id, name, arguments: written, ...(replay === undefined ? {} : { replay }) });
  const template: JsonObject = { ...fields, name: ref((request) => readCall(request.messages[at], n)?.name) };
  if (typeof given === "string") template["arguments"] = ref((request) => readCall(request.messages[at], n)?.arguments);
  else if (isObject(given)) template["arguments"] = ref((request) => parsed(readCall(request.messages[at], n)?.arguments));
  return template;
}

/** A call of a custom tool, which has a text instead of arguments. */
function customCall(fields: JsonObject, path: string, id: string, at: number, parts: Part[]): JsonObject {
  const n = parts.length;
  const name = requiredText(fields["name"], `${path}.name`);
  const input = text(fields["input"], `${path}.input`);
  parts.push({ type: "tool-call", id, name, arguments: customArguments(input) });
  const template: JsonObject = { ...fields, name: ref((request) => readCall(request.messages[at], n)?.name) };
  if (input !== undefined) template["input"] = ref((request) => customInput(readCall(request.messages[at], n)?.arguments ?? ""));
  return template;
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return json;
  }
}

function readCall(message: Message | undefined, part: number): { id: string; name: string; arguments: string } | undefined {
  const found = message === undefined || typeof message.content === "string" ? undefined : message.content[part];
  return found?.type === "tool-call" ? found : undefined;
}

function toolMessage(fields: JsonObject, path: string, { messages }: MessageContext): JsonObject {
  const at = messages.length;
  const name = text(fields["name"], `${path}.name`);
  const id = text(fields["tool_call_id"], `${path}.tool_call_id`) ?? name ?? "";
  const template: JsonObject = { ...fields };
  const { content } = fields;
  const result: ToolResultPart = { type: "tool-result", id, content: "", ...(name === undefined ? {} : { name }) };
  if (Array.isArray(content)) {
    const parts: Part[] = [];
    const marker = markerOfParts(parts);
    const inner = content.map((item: unknown, i) => {
      const read = contentPart(item, `${path}.content[${i}]`, 0, parts);
      marker.mark(item);
      return read;
    });
    // The parts of a result stand one level deeper than those of a message.
    template["content"] = inner.map((one) => inResult(one, at));
    result.content = parts as (TextPart | ImagePart | AudioPart | FilePart)[]; // `contentPart` makes no other kinds
  } else {
    result.content = text(content, `${path}.content`) ?? "";
    if (typeof content === "string")
      template["content"] = ref((request) => {
        const found = resultAt(request.messages[at]);
        return typeof found?.content === "string" ? found.content : undefined;
      });
  }
  if (typeof fields["tool_call_id"] === "string") template["tool_call_id"] = ref((request) => resultAt(request.messages[at])?.id);
  markResult(result, fields);
  messages.push({ role: "tool", content: [result] });
  return template;
}

function resultAt(message: Message | undefined): ToolResultPart | undefined {
  return message?.role === "tool" ? message.content[0] : undefined;
}

/** A template that refers to the parts of message 0, made to refer to the parts of the result in a message. */
function inResult(template: unknown, at: number): unknown {
  return ref((request) => {
    const content = resultAt(request.messages[at])?.content ?? "";
    return fill(template, { ...request, messages: [{ role: "user", content }] });
  });
}
