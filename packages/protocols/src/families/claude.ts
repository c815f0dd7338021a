/**
 * What is true of a Claude model on every host that serves it, by version. An unknown newer model follows the newest known rules. Sources: the vendor's pages on
 * extended and adaptive thinking, effort, structured outputs and prompt caching, and its error texts, read November 2026.
 */
import type { Capabilities, ChatRequest, Rule } from "@lumiverse/core/provider";
import { atLeast, versionOf } from "./version.ts";

/** Traits of a model that its version decides. */
export interface ClaudeTraits {
  /** `opus`, `sonnet`, `haiku`, `fable`, `mythos`, or a newer name. */
  line: string;
  version: readonly number[];
  /** How thinking is requested. `either`: adaptive, or a budget, which is deprecated there. */
  thinking: "none" | "budget" | "either" | "adaptive";
  /** Whether the model thinks when `thinking` is not sent. */
  unasked: "off" | "on";
  off: boolean | "unknown";
  /** Words of `output_config.effort`, weakest first. Empty: the field is refused. */
  effort: readonly string[];
  /** Whether thinking text is returned by default. Newer models send signatures with empty text. */
  display: "summarized" | "omitted";
  /** `either`: temperature or top_p, not both. `none`: any value but the default is refused. */
  sampling: "free" | "either" | "none";
  /** Forced tool choice. `without-thinking`: refused together with thinking. */
  forced: "yes" | "without-thinking" | "never";
  /** A conversation may end with an assistant turn. */
  prefill: boolean;
  /** `output_config.format`, and `strict` tools with it. */
  schema: boolean;
  /** Thinking blocks are bound to everything before them. Edited history is refused, or its blocks are dropped when the request says so. */
  bound: boolean;
  /** System messages may stand between turns. */
  lateSystem: boolean;
  /** The highest `max_tokens`. The vendor refuses more. */
  maxOutput: number;
  /** An answer that reaches the end of the context window stops there. Before, the vendor refuses a prompt whose length and `max_tokens` exceed the window. */
  stopsAtWindow: boolean;
  /** The shortest prefix in tokens that is cached, where it is known. Shorter ones are not cached, and the API does not report it. */
  minimumCache: number | undefined;
}

/**
 * The traits of a model. Undefined for ids that do not name a Claude model. `claude-3-5-sonnet-…`, `claude-opus-4-5@date`, `anthropic/claude-opus-4.5` and
 * Bedrock's spelling are understood.
 */
export function claudeTraits(id: string): ClaudeTraits | undefined {
  const name = id.toLowerCase();
  if (!/(?:^|[^a-z0-9])claude-/.test(name)) return undefined;
  // An alias without a number points to the newest model.
  const version = versionOf(name, ID) ?? [99];
  const words = ID.exec(name) ?? /claude-([a-z]+)/.exec(name);
  const line = words?.[1] ?? words?.[4] ?? "";
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  // Lines that always think: those above Opus, and from 5.5 on every line except Haiku.
  const always = (since(5) && !["opus", "sonnet", "haiku"].includes(line)) || (since(5, 5) && line !== "haiku");
  const thinking = !since(3, 7) ? "none" : !since(4, 6) ? "budget" : !since(4, 7) ? "either" : "adaptive";
  return {
    line,
    version,
    thinking,
    unasked: since(5) ? "on" : "off",
    // Haiku 5.5: the vendor does not document `disabled`.
    off: always ? false : since(5, 5) ? "unknown" : true,
    effort: effortWords(thinking, line === "opus" && since(4, 5)),
    display: since(4, 7) ? "omitted" : "summarized",
    sampling: !since(4, 1) ? "free" : !since(4, 7) ? "either" : "none",
    forced: always ? "never" : thinking === "adaptive" ? "yes" : "without-thinking",
    prefill: !since(4, 6),
    schema: since(4, 1),
    bound: since(5, 5) || (since(5, 1) && always),
    lateSystem: since(5) || (line === "opus" && since(4, 8)),
    maxOutput: maxOutput(line, version),
    stopsAtWindow: since(4, 5),
    minimumCache: minimumCache(line, version),
  };
}

// Line and number in either order. A date is not a minor version, so a number has at most two digits.
const ID = /(?:^|[^a-z0-9])claude-(?:([a-z]+)-)?v?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?(?:-([a-z]+))?/;

function effortWords(thinking: ClaudeTraits["thinking"], opus45: boolean): readonly string[] {
  if (thinking === "adaptive") return ["low", "medium", "high", "xhigh", "max"];
  // 4.6 answers 400 to xhigh and lists the accepted words (recorded).
  if (thinking === "either") return ["low", "medium", "high", "max"];
  // In the 4.5 generation only Opus accepts effort.
  return thinking === "budget" && opus45 ? ["low", "medium", "high"] : [];
}

/** From the vendor's table of models. */
function maxOutput(line: string, version: readonly number[]): number {
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  if (since(4, 6)) return line === "haiku" && !since(5) ? 64_000 : 128_000;
  if (since(4)) return line === "opus" && !since(4, 5) ? 32_000 : 64_000;
  return since(3, 7) ? 64_000 : since(3, 5) ? 8192 : 4096;
}

/** From the vendor's table, which does not list the 5.5 models yet. */
function minimumCache(line: string, version: readonly number[]): number | undefined {
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  if (line === "haiku") return since(5) ? undefined : since(4, 5) ? 4096 : 2048;
  if (since(5, 5)) return undefined;
  if (line === "sonnet") return 1024;
  if (since(5)) return 512;
  return since(4, 8) ? 1024 : since(4, 5) ? 4096 : 1024;
}

/** Capabilities by id. With the request, also those that depend on it: no prefill together with thinking or a native schema. */
export function capabilitiesOf(id: string, request?: Pick<ChatRequest, "reasoning" | "output">): Capabilities {
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
    maxOutputTokens: [1, traits.maxOutput], // 400 "max_tokens: … > 128000, which is the maximum allowed number of output tokens"
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

/** What a Claude model refuses on every host. For aggregators, whose other capabilities are those of the upstream. */
export function refusalsOf(id: string, request?: Pick<ChatRequest, "reasoning" | "output">): Capabilities {
  const capabilities = capabilitiesOf(id, request);
  const refused = REFUSABLE.filter((capability) => capabilities[capability] === false);
  return Object.fromEntries(refused.map((capability) => [capability, false]));
}

const REFUSABLE = ["temperature", "topP", "topK", "prefill", "input.audio", "input.video"] as const;

const thinks = (request: Pick<ChatRequest, "reasoning"> | undefined): boolean =>
  request?.reasoning !== undefined && request.reasoning !== "off";

/** The traits, when the request makes the model think by budget, which restricts sampling and forced tools. */
function thinkingByBudget(request: ChatRequest): ClaudeTraits | undefined {
  const traits = claudeTraits(request.model);
  if (traits === undefined || !thinks(request)) return undefined;
  return traits.thinking === "budget" || (traits.thinking === "either" && typeof request.reasoning === "object") ? traits : undefined;
}
/** True when the request makes the model think and the model accepts sampling parameters at all. */
function restrictsSampling(request: ChatRequest): boolean {
  const traits = claudeTraits(request.model);
  return traits !== undefined && traits.thinking !== "none" && traits.sampling !== "none" && thinks(request);
}

/** Facts about pairs of fields. */
export const rules: readonly Rule[] = [
  {
    field: "toolChoice",
    when: (request) =>
      thinkingByBudget(request) !== undefined && (request.toolChoice === "required" || typeof request.toolChoice === "object"),
    then: "refuse",
    because: "The model cannot be forced to call a tool while it thinks by budget. Set toolChoice auto or reasoning off.",
  },
  {
    field: "output",
    // Without native schemas the output needs a forced tool, which thinking forbids.
    when: (request) => thinkingByBudget(request)?.schema === false && request.tools === undefined && request.output !== "json",
    then: "refuse",
    because: "The model needs a forced tool for structured output, which the vendor refuses together with thinking.",
  },
  {
    field: "temperature",
    when: (request) => restrictsSampling(request) && request.temperature !== 1,
    then: "drop",
    because: "With thinking, the vendor accepts no temperature other than 1.",
  },
  {
    field: "topP",
    when: restrictsSampling,
    then: "clamp",
    range: [0.95, 1],
    because: "With thinking, the vendor accepts top_p from 0.95 to 1.",
  },
  {
    field: "topP",
    when: (request) => request.temperature !== undefined && claudeTraits(request.model)?.sampling === "either",
    then: "drop",
    because: "The model accepts temperature or topP, not both. The temperature was kept.",
  },
  { field: "topK", when: restrictsSampling, then: "drop", because: "With thinking, the vendor accepts no top_k." },
];
