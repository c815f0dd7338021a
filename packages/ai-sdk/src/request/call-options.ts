/** The SDK's call as a request. */
import type { LanguageModelV4CallOptions, SharedV4Warning } from "@ai-sdk/provider";
import type { ChatRequest, JsonSchema, OutputRequest, ReasoningLevel } from "@lumiverse/core";
import { METADATA_KEY } from "../metadata.ts";
import { messagesOf } from "./prompt.ts";
import { toolChoiceOf, toolsOf } from "./tools.ts";

/**
 * Fields of a request that the SDK has no setting for, under `providerOptions.lumiverse` of a call: prompt caching, a reasoning budget, raw parameters,
 * settings of the provider. A field that the SDK also has replaces the SDK's value.
 */
export type LumiverseCallOptions = Omit<ChatRequest, (typeof FIXED)[number]>;

/** Fields that come from the SDK alone. */
const FIXED = ["model", "messages", "tools", "output", "signal", "headers"] as const;

const LEVELS: Readonly<Record<NonNullable<LanguageModelV4CallOptions["reasoning"]>, ReasoningLevel | undefined>> = {
  "provider-default": undefined,
  none: "off",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "max", // the model's strongest level; OpenAI calls it xhigh
  max: "max",
};

/** A request, with warnings about the parts of the SDK's call that it leaves out. */
export interface TranslatedCall {
  request: ChatRequest;
  warnings: readonly SharedV4Warning[];
}

/** `provider`: the id of the connection's provider. */
export function requestOf(provider: string, model: string, options: LanguageModelV4CallOptions): TranslatedCall {
  const warnings: SharedV4Warning[] = [];
  const warn = (warning: SharedV4Warning): void => void warnings.push(warning);
  const messages = messagesOf(options.prompt, { provider, warn });
  const tools = options.tools === undefined ? [] : toolsOf(options.tools, warn);
  const toolChoice = options.toolChoice === undefined || tools.length === 0 ? undefined : toolChoiceOf(options.toolChoice);
  if (options.includeRawChunks === true)
    warn({ type: "unsupported", feature: "includeRawChunks", details: "A connection does not hand out the vendor's raw events." });
  const { maxOutputTokens, temperature, topP, topK, presencePenalty, frequencyPenalty, seed, stopSequences, abortSignal } = options;
  const fields: { [F in keyof ChatRequest]?: ChatRequest[F] | undefined } = {
    model,
    messages,
    maxOutputTokens,
    temperature,
    topP,
    topK,
    presencePenalty,
    frequencyPenalty,
    seed,
    stop: stopSequences?.length === 0 ? undefined : stopSequences,
    reasoning: LEVELS[options.reasoning ?? "provider-default"],
    tools: tools.length === 0 ? undefined : tools,
    toolChoice,
    output: outputOf(options.responseFormat),
    signal: abortSignal,
    headers: headersOf(options.headers),
    ...ownOptions(options),
  };
  // `model` and `messages` are set above; fields without a value are left out.
  return {
    request: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as ChatRequest,
    warnings,
  };
}

/** The fields under `providerOptions.lumiverse`. Core reports fields that do not exist. */
function ownOptions({ providerOptions }: LanguageModelV4CallOptions): Partial<ChatRequest> {
  const given = Object.entries(providerOptions?.[METADATA_KEY] ?? {});
  return Object.fromEntries(given.filter(([field]) => !FIXED.some((fixed) => fixed === field)));
}

function outputOf(format: LanguageModelV4CallOptions["responseFormat"]): OutputRequest | undefined {
  if (format?.type !== "json") return undefined;
  if (format.schema === undefined) return "json";
  return {
    schema: format.schema as JsonSchema, // the same JSON Schema, typed by keyword
    ...(format.name === undefined ? {} : { name: format.name }),
    ...(format.description === undefined ? {} : { description: format.description }),
  };
}

function headersOf(headers: LanguageModelV4CallOptions["headers"]): Record<string, string> | undefined {
  const given = Object.entries(headers ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
