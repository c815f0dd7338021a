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

/**
 * Content that is not in the body, or whose tokens do not follow from its bytes: files by id or address, documents, videos, stored conversations. In JSON a quote
 * inside of a text follows a backslash, so only fields match.
 */
const OUTSIDE =
  /(?<!\\)"(?:file_id|file_ids|file_uri|fileUri|file_url|fileUrl|cachedContent|cached_content|previous_response_id|conversation)":|(?<!\\)"type":"(?:item_reference|url|file|input_file|document|video|video_url|input_video|container_upload)"/;

/** Raw fields of clients that change neither the price of a token nor what is sent to the model. */
const HARMLESS: ReadonlySet<string> = new Set(
  `n candidateCount logit_bias stream stream_options usage user metadata safety_identifier prompt_cache_key prompt_cache_retention store verbosity text include
   truncation top_logprobs logprobs service_tier serviceTier prediction reasoning_format include_reasoning reasoning_split chat_template_kwargs enable_thinking
   thinking_budget preserve_thinking safe_prompt prompt_mode top_a typical_p guided_json guided_regex guided_choice guided_grammar parallel_tool_calls
   max_tool_calls anthropic_version anthropic_beta betas safetySettings labels background response_format seed random_seed stop temperature top_p top_k min_p
   frequency_penalty presence_penalty repetition_penalty modalities web_search_options search_parameters speed inference_geo`.split(/\s+/),
);

/** Tools in a vendor's spelling that the client runs itself. */
const CLIENT_TOOL =
  /^(?:function|custom|namespace|local_shell|apply_patch|computer|computer_use_preview|computer_\d+|bash_\d+|text_editor_\d+|memory_\d+|computerUse)$/;

/** Why the cost of a request has no bound. Undefined when it has one. */
export function whyUnbounded({ messages, tools = [], parameters = {} }: ChatRequest): string | undefined {
  const field = Object.keys(parameters).find((name) => !HARMLESS.has(name) && (parameters[name] ?? null) !== null);
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
  let input = bytesOf(text) + ((request.tools?.length ?? 0) > 0 ? ADDED_WITH_TOOLS : ADDED);
  let outside = OUTSIDE.test(text) || hasStoredReasoning(body);
  for (const message of request.messages)
    for (const part of partsOf(message)) {
      if (part.type === "image") input += TOKENS_OF_IMAGE - (part.data?.length ?? 0);
      // The pages of a document and the seconds of a video do not follow from its bytes.
      if (part.type === "file" && part.mediaType?.startsWith("text/") !== true) outside = true;
    }
  const most = contextTokens ?? (outside ? undefined : Number.POSITIVE_INFINITY);
  if (most === undefined) return undefined;
  const output = outputLimitOf(body);
  return {
    input: outside ? most : Math.min(input, most),
    choices: choicesOf(body),
    cachedForAnHour: text.includes('"ttl":"1h"'),
    ...(output === undefined ? {} : { output }),
  };
}

/** A step of reasoning without its content stands for one that the vendor stores. */
function hasStoredReasoning({ input }: JsonObject): boolean {
  return Array.isArray(input) && input.some((item) => isObject(item) && item["type"] === "reasoning" && !item["encrypted_content"]);
}

const OUTPUT_LIMITS = ["max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens"];

function outputLimitOf(body: JsonObject): number | undefined {
  const { generationConfig } = body;
  const limits = [body, isObject(generationConfig) ? generationConfig : {}].flatMap((fields) => OUTPUT_LIMITS.map((name) => fields[name]));
  return limits.filter(isCount).sort((a, b) => b - a)[0];
}

function choicesOf(body: JsonObject): number {
  const { n, generationConfig } = body;
  const choices =
    n ?? (isObject(generationConfig) ? (generationConfig["candidateCount"] ?? generationConfig["candidate_count"]) : undefined);
  // A vendor may read a text as a number. What is no count at all is refused by it.
  const count = Math.ceil(Number(choices ?? 1));
  return isCount(count) ? count : 1;
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
