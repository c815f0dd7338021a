/** What a call can use at most, read from the request as it would be sent. */
import type { ChatRequest, Message, Part } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";

/** What is known about the model that a call goes to. */
export interface ModelLimits {
  /** Of the prompt, or of the prompt and the answer together. */
  contextTokens?: number;
  maxOutputTokens?: number;
}

/** The most that a call can use. */
export interface CallBound {
  input: number;
  /** Output of one choice. Absent: the request does not limit it. */
  output?: number;
  /** False: the request states several output limits, so that a lower one may not hold. */
  hasOneLimit: boolean;
  /** The budget of thinking tokens. 0: none is stated. */
  thinking: number;
  /** Answers that are generated and billed at once. */
  choices: number;
  /** The prompt may be cached for an hour, which costs more. */
  cachedForAnHour: boolean;
}

/** What vendors add to a prompt: templates, and instructions for tools. Anthropic documents up to 804 tokens for tools. */
const ADDED = 512;
const ADDED_WITH_TOOLS = 2048;
/** gpt-4o-mini counts 48,169 tokens for one image of eight tiles, more than any other model. https://platform.openai.com/docs/guides/images-vision */
const TOKENS_OF_IMAGE = 50_000;

/** Images of pixels. The model may read the text of an SVG. */
const IMAGE_TYPE = /^image\/(?!svg)[\w.+-]+$/i;
const IMAGE_ADDRESS = /^data:image\/(?!svg)[\w.+-]+;base64,$/i;
/** One match for each image of a body. A schema can match too, which counts too much. */
const IMAGE_FIELD = /(?<!\\)"(?:image_url|inlineData|inline_data)":|(?<!\\)"type":"image"/g;

/**
 * Content that is not in the body, or whose tokens do not follow from its bytes: files by id or address, documents, videos, stored conversations. In JSON a quote
 * inside of a text follows a backslash, so only fields match.
 */
const OUTSIDE =
  /(?<!\\)"(?:file_id|file_ids|file_uri|fileUri|file_url|fileUrl|cachedContent|cached_content|previous_response_id|conversation)":|(?<!\\)"type":"(?:item_reference|url|file|input_file|document|video|video_url|input_video|container_upload)"/;

/** Raw fields of clients whose price the estimate knows, or that have none. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(
  `n candidateCount logit_bias stream stream_options usage user metadata safety_identifier prompt_cache_key prompt_cache_retention store verbosity text include
   truncation top_logprobs logprobs service_tier serviceTier prediction reasoning_format include_reasoning reasoning_split chat_template_kwargs enable_thinking
   thinking_budget preserve_thinking safe_prompt prompt_mode top_a typical_p guided_json guided_regex guided_choice guided_grammar parallel_tool_calls
   max_tool_calls anthropic_version anthropic_beta betas safetySettings labels background response_format seed random_seed stop temperature top_p top_k min_p
   frequency_penalty presence_penalty repetition_penalty modalities web_search_options search_parameters speed inference_geo`.split(/\s+/),
);

/** Tools in a vendor's spelling that the client runs itself. */
const CLIENT_TOOL =
  /^(?:function|custom|namespace|local_shell|apply_patch|computer|computer_use_preview|computer_\d+|bash_\d+|text_editor_\d+|memory_\d+|computerUse)$/;

/** Providers whose output limit leaves the reasoning out, with the highest `thinking_budget` that they accept. https://docs.siliconflow.com */
const REASONING_BEYOND_LIMIT: ReadonlyMap<string, number> = new Map([["siliconflow", 32_768]]);

/** Tokens of reasoning that a provider bills beyond the output limit, at most. */
export function reasoningBeyondLimit(provider: string, body: JsonObject): number {
  const most = REASONING_BEYOND_LIMIT.get(provider) ?? 0;
  if (most === 0 || body["enable_thinking"] === false) return 0;
  return thinkingOf(body) || most;
}

/** Why the cost of a request has no bound. Undefined when it has one. */
export function whyUnbounded({ messages, tools = [], parameters = {} }: ChatRequest): string | undefined {
  const field = Object.keys(parameters).find((name) => !KNOWN_FIELDS.has(name) && (parameters[name] ?? null) !== null);
  if (field !== undefined) return `the field "${field}" can change it`;
  for (const tool of tools) {
    if (!("hosted" in tool)) continue;
    const { type } = tool.hosted;
    const name = typeof type === "string" ? type : (Object.keys(tool.hosted)[0] ?? "");
    if (!CLIENT_TOOL.test(name)) return `the tool "${name.slice(0, 100)}" is run by the vendor`;
  }
  return messages.some((message) => [...partsOf(message)].some(({ type }) => type === "audio")) ? "audio has prices of its own" : undefined;
}

/**
 * What a call can use at most. No tokenizer makes more tokens than a text has bytes, and no model reads more than its context. Undefined when the prompt has no
 * bound: it refers to content that is not in the body, and the model's context is unknown.
 */
export function boundOf(body: JsonObject, request: ChatRequest, { contextTokens }: ModelLimits): CallBound | undefined {
  const text = JSON.stringify(body);
  const hasTools = (request.tools?.length ?? 0) > 0 || body["tools"] !== undefined;
  const parts = request.messages.flatMap((message) => [...partsOf(message)]);
  const images = Math.max(parts.filter(({ type }) => type === "image").length, text.match(IMAGE_FIELD)?.length ?? 0);
  const input = bytesOf(text) - base64OfImages(body) + images * TOKENS_OF_IMAGE + (hasTools ? ADDED_WITH_TOOLS : ADDED);
  const outside =
    OUTSIDE.test(text) ||
    hasStoredReasoning(body) ||
    // The pages of a document and the seconds of a video do not follow from its bytes.
    parts.some((part) => part.type === "file" && part.mediaType?.startsWith("text/") !== true);
  const most = contextTokens ?? (outside ? undefined : Number.POSITIVE_INFINITY);
  if (most === undefined) return undefined;
  const limits = outputLimitsOf(body);
  return {
    input: outside ? most : Math.min(input, most),
    choices: choicesOf(body),
    cachedForAnHour: text.includes('"ttl":"1h"'),
    ...(limits.length === 0 ? {} : { output: Math.max(...limits) }),
    hasOneLimit: limits.length <= 1,
    thinking: thinkingOf(body),
  };
}

/**
 * Characters of base64 in images that the body sends. Only parts of messages are images: a tool's schema or arguments can contain an object that looks like one,
 * and the model reads that as text.
 */
function base64OfImages({ messages, input, contents }: JsonObject): number {
  let characters = 0;
  for (const turn of [messages, input, contents].flatMap(objectsIn)) {
    const parts = [turn["content"], turn["parts"], turn["output"], turn["images"]].flatMap(objectsIn);
    for (const part of parts) {
      const response = part["functionResponse"] ?? part["function_response"];
      const nested = [part["type"] === "tool_result" ? part["content"] : undefined, isObject(response) ? response["parts"] : undefined];
      for (const one of [part, ...nested.flatMap(objectsIn)]) characters += base64OfImage(one);
    }
  }
  return characters;
}

function base64OfImage(part: JsonObject): number {
  const { type, image_url: url, source, inlineData, inline_data } = part;
  if (type === "image_url" || type === "input_image") {
    const address = isObject(url) ? url["url"] : url;
    if (typeof address !== "string") return 0;
    const comma = address.indexOf(",");
    return IMAGE_ADDRESS.test(address.slice(0, comma + 1)) ? address.length - comma - 1 : 0;
  }
  if (type === "image") return isObject(source) && source["type"] === "base64" ? base64Of(source["media_type"], source["data"]) : 0;
  // Which of the two spellings a vendor reads is unknown, so both are counted as text.
  if (type !== undefined || (inlineData !== undefined && inline_data !== undefined)) return 0;
  const inline = inlineData ?? inline_data;
  return isObject(inline) ? base64Of(inline["mimeType"] ?? inline["mime_type"], inline["data"]) : 0;
}

function base64Of(mediaType: unknown, data: unknown): number {
  return typeof mediaType === "string" && IMAGE_TYPE.test(mediaType) && typeof data === "string" ? data.length : 0;
}

function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** A step of reasoning without its content stands for one that the vendor stores. */
function hasStoredReasoning({ input }: JsonObject): boolean {
  return Array.isArray(input) && input.some((item) => isObject(item) && item["type"] === "reasoning" && !item["encrypted_content"]);
}

const OUTPUT_LIMITS = ["max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens"];
const THINKING_BUDGETS = ["budget_tokens", "max_tokens", "thinkingBudget", "thinking_budget"];

/** Every output limit that the body states. */
function outputLimitsOf(body: JsonObject): number[] {
  return [body, ...configsOf(body)].flatMap((fields) => countsOf(fields, OUTPUT_LIMITS));
}

function choicesOf(body: JsonObject): number {
  return Math.max(1, ...[body, ...configsOf(body)].flatMap((fields) => countsOf(fields, ["n", "candidateCount", "candidate_count"])));
}

/** Tokens that the model may think before it answers. Vendors refuse an output limit that does not exceed them. */
function thinkingOf(body: JsonObject): number {
  const configs = configsOf(body).flatMap((config) => [config["thinkingConfig"], config["thinking_config"]]);
  const budgets = [body, body["thinking"], body["reasoning"], ...configs].flatMap((fields) =>
    isObject(fields) ? countsOf(fields, fields === body ? ["thinking_budget"] : THINKING_BUDGETS) : [],
  );
  return Math.max(0, ...budgets);
}

/** Vendors of Generate Content read both spellings. */
function configsOf({ generationConfig, generation_config }: JsonObject): JsonObject[] {
  return [generationConfig, generation_config].filter(isObject);
}

/** A vendor may read a text as a number. It refuses everything else. */
function countsOf(fields: JsonObject, names: readonly string[]): number[] {
  const values = names.map((name) => fields[name]).filter((value) => typeof value === "number" || typeof value === "string");
  return values.map((value) => Math.ceil(Number(value))).filter(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function bytesOf(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Half of a pair has two of its four bytes.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

function* partsOf({ content }: Message): Iterable<Part> {
  if (typeof content === "string") return;
  for (const part of content) {
    yield part;
    if (part.type === "tool-result" && typeof part.content !== "string") yield* part.content;
  }
}
