/**
 * What is true of a Gemini or Gemma model on every host that serves it, by version. An unknown newer model follows the newest known rules. Sources: the vendor's
 * pages on thinking, function calling, structured output, models, and the changes with 3.6 Flash and 3.5 Flash-Lite, read November 2026.
 */
import type { Capabilities, CapabilityValue, ChatRequest, Rule } from "@lumiverse/core/provider";
import { atLeast, versionOf } from "./version.ts";

/** Traits of a model that its version decides. */
export interface GeminiTraits {
  family: "gemini" | "gemma";
  version: readonly number[];
  /** `pro`, `flash`, `flash-lite`, or a newer name. */
  line: string;
  /** What the model returns. */
  makes: "text" | "image" | "audio";
  /** How thinking is requested: not at all, by a budget of tokens, or by a level. */
  thinking: "none" | "budget" | "level";
  /** Accepts `systemInstruction`. Gemma answers 400 "Developer instruction is not enabled". */
  system: boolean;
  /** Accepts `parametersJsonSchema` and `responseJsonSchema` (from 2.5 on). Older models accept the OpenAPI subset. */
  jsonSchema: boolean;
  /** Calls in the current turn must carry their thought signature (from 3 on), so history of other models gets the vendor's placeholder. */
  signed: boolean;
  /** Calls and results carry ids (from 3 on). Before, they are matched by name and order. */
  ids: boolean;
  /** Tool results may contain media (from 3 on). */
  toolMedia: boolean;
}

const GEMINI = /^gemini-(?:live-)?(\d+)(?:\.(\d+))?(?![\d.])/;
const GEMMA = /^gemma-?(\d+)(?:\.(\d+))?n?(?![\d.])/;
/** The version of an alias without a number. It is newer than every model. */
const NEWEST: readonly number[] = [99];

/** The traits of a model. Undefined for ids that name no generation: tuned models, endpoints, robotics, other vendors' models. */
export function geminiTraits(id: string): GeminiTraits | undefined {
  const name = bareId(id);
  const family = name.startsWith("gemma") ? "gemma" : "gemini";
  const version = versionOf(name, family === "gemma" ? GEMMA : GEMINI) ?? (/^gemini-.*-latest$/.test(name) ? NEWEST : undefined);
  if (version === undefined) return undefined;
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  const gemini = family === "gemini";
  const makes = /(?:^|-)image(?:-|$)/.test(name) ? "image" : /-tts(?:-|$)|native-audio/.test(name) ? "audio" : "text";
  const quiet = makes === "audio" || (makes === "image" && !since(3));
  return {
    family,
    version,
    line: /(?:^|-)(flash-lite|flash|pro|argon|ultra|nano)(?:-|$)/.exec(name)?.[1] ?? "",
    makes,
    thinking: quiet || !since(...(gemini ? [2, 5] : [4])) ? "none" : gemini && !since(3) ? "budget" : "level",
    system: gemini,
    jsonSchema: gemini ? since(2, 5) : since(4),
    signed: gemini && since(3),
    ids: gemini && since(3),
    toolMedia: gemini && since(3),
  };
}

/** The id without the prefixes of hosts: `models/`, `publishers/google/models/`, `google/`, a whole resource path. */
export function bareId(id: string): string {
  return id.toLowerCase().replace(/^.*\//, "");
}

/** Sampling is fixed, and a conversation may not end with a model turn: from 3.6 Flash and 3.5 Flash-Lite on, and for all later models. */
function hasFixedSampling({ family, version, line }: GeminiTraits): boolean {
  if (family === "gemma") return false;
  // The alias for Pro still points to 3.1.
  if (version === NEWEST) return line !== "pro";
  return atLeast(version, [3, 6]) || (line === "flash-lite" && atLeast(version, [3, 5]));
}

/** Words of `thinkingLevel`, weakest first. */
function levels({ family, version, line, makes }: GeminiTraits): readonly string[] {
  // Gemma 4 can only be switched on and off, by these words.
  if (family === "gemma") return ["minimal", "high"];
  // 3.1 Flash Image accepts these two. What 3 Pro Image accepts is not documented.
  if (makes === "image") return line === "pro" ? [] : ["minimal", "high"];
  // Every Pro, 3.7 Flash and all later models answer 400 to `minimal`. Aliases may point to any of them.
  const minimal = version !== NEWEST && line !== "pro" && !atLeast(version, [3, 7]);
  if (minimal) return ["minimal", "low", "medium", "high"];
  return line === "pro" && version !== NEWEST && !atLeast(version, [3, 1]) ? ["low", "high"] : ["low", "medium", "high"];
}

/** Range of `thinkingBudget`. */
function budget({ version, line, makes }: GeminiTraits): CapabilityValue {
  if (makes === "image") return false;
  // 3.x accepts it for compatibility, with an undocumented range. 4 does not accept it.
  if (atLeast(version, [3])) return atLeast(version, [4]) ? false : [1, 32_768];
  return line === "pro" ? [128, 32_768] : line === "flash-lite" ? [512, 24_576] : [1, 24_576];
}

/** Capabilities by id. Empty for ids that name no generation. */
export function capabilitiesOf(id: string): Capabilities {
  const traits = geminiTraits(id);
  if (traits === undefined) return {};
  const { family, version, line, makes, thinking } = traits;
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  const gemini = family === "gemini";
  const text = makes === "text";
  const sampling = (range: CapabilityValue): CapabilityValue => (hasFixedSampling(traits) ? false : range);
  const tools = text && (gemini || since(4)); // Gemma 3: "Function calling is not enabled for this model"
  const schemas = text && (gemini || since(4)); // image models and Gemma 3 have no JSON mode: 400
  return {
    "input.image": makes !== "audio" && (gemini || since(3)),
    "input.audio": text && gemini,
    "input.file": makes !== "audio" && gemini,
    "input.video": text && gemini,
    "input.url": gemini && since(2, 5), // public URLs since January 2026, not on 2.0
    "output.image": makes === "image",
    "output.audio": makes === "audio",
    tools,
    "toolChoice.none": tools,
    "toolChoice.required": tools,
    "toolChoice.named": tools,
    parallelToolCalls: false, // generateContent has no such field
    "tools.strict": tools && gemini ? "unknown" : false,
    "tools.images": traits.toolMedia,
    "output.schema": schemas,
    "output.json": schemas,
    "output.tools": schemas && gemini && since(3), // before: "Function calling with a response mime type is unsupported"
    reasoning: thinking === "none" ? false : thinking === "budget" || levels(traits).length === 0 ? true : levels(traits),
    "reasoning.off": thinking === "none" ? true : thinking === "budget" ? line !== "pro" : !gemini,
    "reasoning.budget": thinking === "none" || !gemini ? false : budget(traits),
    "reasoning.visible": thinking !== "none",
    maxOutputTokens: true,
    temperature: sampling([0, 2]),
    topP: sampling([0, 1]),
    topK: sampling([1, 1000]),
    minP: false,
    // Some models of 2.5 and 3 answer 400 "Penalty is not enabled for this model", and the vendor does not document which. `recover` then drops the field.
    frequencyPenalty: hasFixedSampling(traits) ? false : "unknown",
    presencePenalty: hasFixedSampling(traits) ? false : "unknown",
    repetitionPenalty: false,
    stop: [1, 5],
    seed: true,
    logprobs: "unknown", // on some models of some routes
    prefill: !hasFixedSampling(traits),
    "cache.explicit": false, // caches are separate objects, which `parameters.cachedContent` names
    "cache.automatic": false,
    "cache.implicit": gemini && since(2, 5),
    streaming: true,
    sources: text && gemini,
    webSearch: text && gemini && since(2),
  };
}

/** Facts about pairs of fields. */
export const rules: readonly Rule[] = [
  {
    field: "tools",
    when: ({ model, tools }: ChatRequest): boolean => {
      const traits = geminiTraits(model);
      if (traits === undefined || atLeast(traits.version, [3])) return false;
      return tools?.some((tool) => "hosted" in tool) === true && tools.some((tool) => "name" in tool);
    },
    then: "refuse",
    because: "Models before Gemini 3 accept either functions or the vendor's own tools, not both in one request.",
  },
  /* @__PURE__ */ outputBesideForcedTool(({ model }) => atLeast(geminiTraits(model)?.version ?? [0], [3])),
];

function outputBesideForcedTool(applies: (request: ChatRequest) => boolean): Rule {
  return {
    field: "output",
    // A forced call leaves no room for JSON text, so the answer is the same without the format.
    when: (request) => (request.toolChoice === "required" || typeof request.toolChoice === "object") && applies(request),
    then: "drop",
    because: "The vendor does not accept JSON output together with a forced tool. The answer to this request is a call.",
  };
}

/** Ranges of the vendor's own API: https://ai.google.dev/api/generate-content#v1beta.GenerationConfig. Whether a model accepts the field is a capability. */
const RANGES = { temperature: [0, 2], topP: [0, 1], topK: [1, 1000], logprobs: [0, 20] } as const;

/** The facts above and those that hold on the vendor's own API for every model, also for tuned ones whose id says nothing. */
export const hostRules: readonly Rule[] = /* @__PURE__ */ rulesOfHost();

function rulesOfHost(): Rule[] {
  const ranges = Object.keys(RANGES) as (keyof typeof RANGES)[]; // the keys of a constant
  return [
    ...rules,
    outputBesideForcedTool(({ model }) => geminiTraits(model) === undefined),
    ...ranges.map(
      (field): Rule => ({
        field,
        when: () => true,
        then: "clamp",
        range: RANGES[field],
        because: `the vendor accepts ${RANGES[field].join(" to ")}.`,
      }),
    ),
    {
      field: "stop",
      when: ({ stop }) => Array.isArray(stop) && stop.length > 5,
      then: "refuse",
      because: "The vendor accepts five stop sequences at most",
    },
  ];
}
