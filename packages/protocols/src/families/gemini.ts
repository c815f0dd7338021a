/**
 * What follows a Gemini or Gemma model to whichever host serves it. By generation, versions compared: an unknown newer model takes the newest known rules.
 * Sources: the vendor's pages on thinking, function calling, structured output, models and on what changed with 3.6 Flash and 3.5 Flash-Lite (read November 2026).
 */
import type { ChatRequest, Fact, Facts, Rule } from "@lumiverse/core";
import { atLeast, versionOf } from "./version.ts";

export interface GeminiTraits {
  family: "gemini" | "gemma";
  version: readonly number[];
  /** `pro`, `flash`, `flash-lite`, or a newer name. */
  line: string;
  /** What it answers with beside text. */
  makes: "text" | "image" | "audio";
  /** How thinking is set: not at all, by a budget of tokens, or by a level. */
  thinking: "none" | "budget" | "level";
  /** Takes `systemInstruction`; Gemma answers 400 "Developer instruction is not enabled". */
  system: boolean;
  /** `parametersJsonSchema` and `responseJsonSchema` (2.5 on); the OpenAPI subset before. */
  jsonSchema: boolean;
  /** Calls in the current turn must carry their thought signature (3 on), so history of other models gets the vendor's placeholder. */
  signed: boolean;
  /** Calls and results carry ids (3 on); before, they are matched by name and order. */
  ids: boolean;
  /** Tool results may hold media (3 on). */
  toolMedia: boolean;
}

const GEMINI = /^gemini-(?:live-)?(\d+)(?:\.(\d+))?(?![\d.])/;
const GEMMA = /^gemma-?(\d+)(?:\.(\d+))?n?(?![\d.])/;
/** Later than every model there is: what an alias without a number points at. */
const NEWEST: readonly number[] = [99];

/** Undefined for ids that name no generation of either: tuned models, endpoints, robotics, other vendors' models. */
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

/** The id without what hosts put before it: `models/`, `publishers/google/models/`, `google/`, a whole resource path. */
export function bareId(id: string): string {
  return id.toLowerCase().replace(/^.*\//, "");
}

/** Sampling is fixed and a conversation may not end with a model turn: from 3.6 Flash and 3.5 Flash-Lite on, and for all that came later. */
function fixed({ family, version, line }: GeminiTraits): boolean {
  if (family === "gemma") return false;
  // The alias for Pro still points at 3.1.
  if (version === NEWEST) return line !== "pro";
  return atLeast(version, [3, 6]) || (line === "flash-lite" && atLeast(version, [3, 5]));
}

/** Words of `thinkingLevel`, weakest first. */
function levels({ family, version, line, makes }: GeminiTraits): readonly string[] {
  // Gemma 4 knows on and off alone, spelled so.
  if (family === "gemma") return ["minimal", "high"];
  // 3.1 Flash Image takes these two; what 3 Pro Image takes is not documented.
  if (makes === "image") return line === "pro" ? [] : ["minimal", "high"];
  // 3.7 Flash and everything later answers 400 to `minimal`; so did every Pro. Aliases may point at either.
  const minimal = version !== NEWEST && line !== "pro" && !atLeast(version, [3, 7]);
  if (minimal) return ["minimal", "low", "medium", "high"];
  return line === "pro" && version !== NEWEST && !atLeast(version, [3, 1]) ? ["low", "high"] : ["low", "medium", "high"];
}

/** Range of `thinkingBudget`. */
function budget({ version, line, makes }: GeminiTraits): Fact {
  if (makes === "image") return false;
  // Accepted on 3.x for compatibility, its range not documented; gone with 4.
  if (atLeast(version, [3])) return atLeast(version, [4]) ? false : [1, 32_768];
  return line === "pro" ? [128, 32_768] : line === "flash-lite" ? [512, 24_576] : [1, 24_576];
}

export function facts(id: string): Facts {
  const traits = geminiTraits(id);
  if (traits === undefined) return {};
  const { family, version, line, makes, thinking } = traits;
  const since = (...minimum: number[]): boolean => atLeast(version, minimum);
  const gemini = family === "gemini";
  const text = makes === "text";
  const sampling = (range: Fact): Fact => (fixed(traits) ? false : range);
  const tools = text && (gemini || since(4)); // Gemma 3: "Function calling is not enabled for this model"
  const shaped = text && (gemini || since(4)); // image models and Gemma 3 have no JSON mode: 400
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
    parallelToolCalls: false, // the wire has no such switch
    "tools.strict": tools && gemini ? "unknown" : false,
    "tools.images": traits.toolMedia,
    "output.schema": shaped,
    "output.json": shaped,
    "output.tools": shaped && gemini && since(3), // before: "Function calling with a response mime type is unsupported"
    reasoning: thinking === "none" ? false : thinking === "budget" || levels(traits).length === 0 ? true : levels(traits),
    "reasoning.off": thinking === "none" ? true : thinking === "budget" ? line !== "pro" : !gemini,
    "reasoning.budget": thinking === "none" || !gemini ? false : budget(traits),
    "reasoning.visible": thinking !== "none",
    maxOutputTokens: true,
    temperature: sampling([0, 2]),
    topP: sampling([0, 1]),
    topK: sampling([1, 1000]),
    minP: false,
    // Some of 2.5 and 3 answer 400 "Penalty is not enabled for this model"; which ones is not documented. `recover` leaves them out then.
    frequencyPenalty: fixed(traits) ? false : "unknown",
    presencePenalty: fixed(traits) ? false : "unknown",
    repetitionPenalty: false,
    stop: [1, 5],
    seed: true,
    logprobs: "unknown", // on some models of some routes; the refusal says so
    prefill: !fixed(traits),
    "cache.explicit": false, // caches are objects of their own here: `parameters.cachedContent`
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
    because: "models before Gemini 3 take either functions or the vendor's own tools, not both in one request",
  },
];
