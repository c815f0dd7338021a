/**
 * What follows a Claude model to whichever host serves it. By generation, versions compared: an unknown newer model takes the newest known rules.
 * Sources: the vendor's pages on extended and adaptive thinking, effort, structured outputs and prompt caching, and its error texts (read November 2026).
 */
import type { ChatRequest, Facts, Rule } from "@lumiverse/core";
import { atLeast, versionOf } from "./version.ts";

export interface ClaudeTraits {
  /** `opus`, `sonnet`, `haiku`, `fable`, `mythos`, or a newer name. */
  line: string;
  version: readonly number[];
  /** How thinking is asked for. `either`: adaptive, or a budget (deprecated there). */
  thinking: "none" | "budget" | "either" | "adaptive";
  /** What the model does when `thinking` is not sent. */
  unasked: "off" | "on";
  off: boolean | "unknown";
  /** Words of `output_config.effort`, weakest first; empty: the field is refused. */
  effort: readonly string[];
  /** Whether thinking text comes unasked; newer models send signatures with empty text. */
  display: "summarized" | "omitted";
  /** `either`: temperature or top_p, not both. `none`: any value but the default is refused. */
  sampling: "free" | "either" | "none";
  /** Forced tool choice. `without-thinking`: refused together with thinking. */
  forced: "yes" | "without-thinking" | "never";
  /** A conversation may end with an assistant turn. */
  prefill: boolean;
  /** `output_config.format`, and `strict` tools with it. */
  schema: boolean;
  /** Thinking blocks are bound to everything before them: edited history is refused, or its blocks dropped when asked so. */
  bound: boolean;
  /** System messages may stand between turns. */
  lateSystem: boolean;
  /** Shortest prefix in tokens that is cached, where it is known. Anything shorter is silently not cached. */
  minimumCache: number | undefined;
}

/** Undefined for ids that name no Claude. `claude-3-5-sonnet-…`, `claude-opus-4-5@date`, `anthropic/claude-opus-4.5` and Bedrock's spelling are understood. */
export function claudeTraits(id: string): ClaudeTraits | undefined {
  const name = id.toLowerCase();
  if (!/(?:^|[^a-z0-9])claude-/.test(name)) return undefined;
  // An alias without a number points at the newest.
  const version = versionOf(name, ID) ?? [99];
  const words = ID.exec(name) ?? /claude-([a-z]+)/.exec(name);
  const line = words?.[1] ?? words?.[4] ?? "";
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  // The lines that never stop thinking: those above Opus, and every line from 5.5 on but Haiku.
  const always = (since(5) && !["opus", "sonnet", "haiku"].includes(line)) || (since(5, 5) && line !== "haiku");
  const thinking = !since(3, 7) ? "none" : !since(4, 6) ? "budget" : !since(4, 7) ? "either" : "adaptive";
  return {
    line,
    version,
    thinking,
    unasked: since(5) ? "on" : "off",
    // Haiku 5.5: the vendor says nothing of `disabled`.
    off: always ? false : since(5, 5) ? "unknown" : true,
    effort: effortWords(thinking, line === "opus" && since(4, 5)),
    display: since(4, 7) ? "omitted" : "summarized",
    sampling: !since(4, 1) ? "free" : !since(4, 7) ? "either" : "none",
    forced: always ? "never" : thinking === "adaptive" ? "yes" : "without-thinking",
    prefill: !since(4, 6),
    schema: since(4, 1),
    bound: since(5, 5) || (since(5, 1) && always),
    lateSystem: since(5) || (line === "opus" && since(4, 8)),
    minimumCache: minimumCache(line, version),
  };
}

// Line and number in either order; a date is no minor version, so at most two digits that no third follows.
const ID = /(?:^|[^a-z0-9])claude-(?:([a-z]+)-)?v?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?(?:-([a-z]+))?/;

function effortWords(thinking: ClaudeTraits["thinking"], opus45: boolean): readonly string[] {
  if (thinking === "adaptive") return ["low", "medium", "high", "xhigh", "max"];
  // 4.6 answers 400 to xhigh and lists what it takes (seen in a recorded refusal).
  if (thinking === "either") return ["low", "medium", "high", "max"];
  // Of the 4.5 generation Opus alone takes effort.
  return thinking === "budget" && opus45 ? ["low", "medium", "high"] : [];
}

/** Of the vendor's table; 5.5 models are not in it yet. */
function minimumCache(line: string, version: readonly number[]): number | undefined {
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  if (line === "haiku") return since(5) ? undefined : since(4, 5) ? 4096 : 2048;
  if (since(5, 5)) return undefined;
  if (line === "sonnet") return 1024;
  if (since(5)) return 512;
  return since(4, 8) ? 1024 : since(4, 5) ? 4096 : 1024;
}

/** Facts by id. With the request at hand, those that hang on it too: no prefill beside thinking or a native schema. */
export function facts(id: string, request?: Pick<ChatRequest, "reasoning" | "output">): Facts {
  const traits = claudeTraits(id);
  if (traits === undefined) return {};
  const { thinking, sampling, version } = traits;
  const three = atLeast(version, [3]);
  const budget = thinking === "budget" || thinking === "either";
  const samples = sampling !== "none";
  const forced = three && traits.forced !== "never";
  return {
    "input.image": three,
    "input.file": atLeast(version, [3, 5]) ? true : three ? "unknown" : false,
    "input.audio": false,
    "input.video": false,
    "input.url": three,
    "output.image": false,
    "output.audio": false,
    tools: three,
    "toolChoice.none": three,
    "toolChoice.required": forced,
    "toolChoice.named": forced,
    parallelToolCalls: three,
    "tools.strict": traits.schema,
    "tools.images": three,
    "output.schema": traits.schema,
    "output.json": false, // there is no JSON mode without a schema
    "output.tools": traits.schema,
    reasoning: thinking === "none" ? false : traits.effort.length > 0 ? traits.effort : true,
    "reasoning.off": thinking === "none" ? true : traits.off,
    "reasoning.budget": budget ? [1024, 128_000] : false,
    "reasoning.visible": thinking !== "none",
    maxOutputTokens: true,
    temperature: samples ? [0, 1] : false,
    topP: samples ? [0, 1] : false,
    topK: samples,
    minP: false,
    frequencyPenalty: false,
    presencePenalty: false,
    repetitionPenalty: false,
    stop: true,
    seed: false,
    logprobs: false,
    prefill: traits.prefill && !thinks(request) && !(traits.schema && request?.output !== undefined && request.output !== "json"),
    "cache.explicit": three,
    streaming: true,
    sources: three,
  };
}

const thinks = (request: Pick<ChatRequest, "reasoning"> | undefined): boolean =>
  request?.reasoning !== undefined && request.reasoning !== "off";

/** Thinking that the model does by budget, where sampling and forced tools are restricted. */
function budgeted(request: ChatRequest): ClaudeTraits | undefined {
  const traits = claudeTraits(request.model);
  if (traits === undefined || !thinks(request)) return undefined;
  return traits.thinking === "budget" || (traits.thinking === "either" && typeof request.reasoning === "object") ? traits : undefined;
}
/** Any thinking, on a model that takes sampling parameters at all. */
function thinkingSamples(request: ChatRequest): boolean {
  const traits = claudeTraits(request.model);
  return traits !== undefined && traits.thinking !== "none" && traits.sampling !== "none" && thinks(request);
}

/** Pairs of fields that the vendor refuses, for the check before a request. */
export const rules: readonly Rule[] = [
  {
    field: "toolChoice",
    when: (request) => budgeted(request) !== undefined && (request.toolChoice === "required" || typeof request.toolChoice === "object"),
    then: "refuse",
    because: "this model can't be forced to call a tool while it thinks by budget; leave toolChoice at auto, or reasoning off",
  },
  {
    field: "output",
    // Without native schemas the only way is a forced tool, which thinking forbids.
    when: (request) => budgeted(request)?.schema === false && request.tools === undefined && request.output !== "json",
    then: "refuse",
    because: "this model gives structured output by a forced tool, which the vendor refuses beside thinking; ask for one of the two",
  },
  {
    field: "temperature",
    when: (request) => thinkingSamples(request) && request.temperature !== 1,
    then: "drop",
    because: "beside thinking the vendor takes no temperature but 1",
  },
  { field: "topP", when: thinkingSamples, then: "clamp", value: [0.95, 1], because: "beside thinking the vendor takes top_p from 0.95 on" },
  {
    field: "topP",
    when: (request) => request.temperature !== undefined && claudeTraits(request.model)?.sampling === "either",
    then: "drop",
    because: "this model takes temperature or topP, not both; temperature was kept",
  },
  { field: "topK", when: thinkingSamples, then: "drop", because: "beside thinking the vendor takes no top_k" },
];
