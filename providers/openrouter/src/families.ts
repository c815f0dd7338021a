/** What each author's models accept behind OpenRouter. */
import type { Call, Capabilities, Rule } from "@lumiverse/core/provider";
import { atMostTools, type Dialect, mistralTemplate } from "@lumiverse/protocols/chat-completions";
import { claude, gatewayRules, gemini, mistral, openai } from "@lumiverse/protocols/families";
import type { OpenrouterSettings } from "./settings.ts";

/** Limits of a family's prompt cache. */
export interface CacheLimits {
  oneHour?: boolean;
  maxBreakpoints?: number;
}

/** The deviations of a family of models. */
export interface Family {
  dialect?: Dialect;
  capabilities?: Capabilities;
  rules?: readonly Rule[];
  cache?: CacheLimits;
}

/** For models with a thinking budget, OpenRouter converts these levels to 0.1, 0.2, 0.5, 0.8 and 0.95 of the output limit. */
const BUDGET_LEVELS = ["minimal", "low", "medium", "high", "xhigh"] as const;

/** The deviations of a model by its author. Ids are `author/slug`, with `~` before aliases and `:variant` or `@preset/…` at the end. */
export function familyOf({ request }: Call<OpenrouterSettings>): Family {
  const id = request.model.toLowerCase().replace(/^~/, "");
  const [author = ""] = id.split("/");
  if (author === "anthropic") return claudeFamily(id, request);
  if (author === "google") return geminiFamily(id);
  if (author === "openai") return openaiFamily(id);
  if (author === "mistralai") return { dialect: mistralTemplate, capabilities: mistral.capabilitiesOf(id), rules: gatewayRules };
  // The routers (`openrouter/auto`) may choose a model of OpenAI, whose check of schemas is the strictest.
  if (author === "openrouter") return { dialect: { schemaVendor: "openai" } };
  if (author === "perplexity") return { capabilities: { tools: false } };
  if (author === "qwen") return { capabilities: { "cache.explicit": true } };
  return IMPLICIT_CACHE.has(author) ? { capabilities: { "cache.implicit": true } } : {};
}

/** Authors whose models cache automatically: https://openrouter.ai/docs/guides/best-practices/prompt-caching */
const IMPLICIT_CACHE: ReadonlySet<string> = new Set(["deepseek", "x-ai", "moonshotai"]);

/** OpenRouter documents four stop sequences for all models. */
const STOP: Capabilities = { stop: [0, 4] };

function openaiFamily(id: string): Family {
  const capabilities = { ...openai.capabilitiesOf(id), "cache.implicit": true } as const;
  const rules: Rule[] = [
    ...openai.rules(id),
    atMostTools(128),
    {
      field: "maxOutputTokens",
      when: () => true,
      then: "clamp",
      range: [16, Number.MAX_SAFE_INTEGER],
      because: "OpenAI's endpoints accept no output limit below 16.",
    },
  ];
  // Weights that others serve too are checked less strictly.
  if (/^openai\/gpt-oss/.test(id)) return { capabilities, rules: openai.rules(id) };
  return { dialect: { schemaVendor: "openai", audioFormats: ["wav", "mp3"] }, capabilities, rules };
}

function claudeFamily(id: string, request: Call["request"]): Family {
  const traits = claude.claudeTraits(id);
  if (traits === undefined) return {};
  const levels = traits.thinking === "none" ? false : traits.effort.length > 0 ? traits.effort : BUDGET_LEVELS;
  return {
    capabilities: { ...claude.capabilitiesOf(id, request), ...STOP, reasoning: levels, "cache.automatic": true, "cache.implicit": false },
    rules: CLAUDE_RULES,
  };
}

const forcesTool = ({ toolChoice }: Call["request"]): boolean => toolChoice === "required" || typeof toolChoice === "object";
const CLAUDE_RULES: readonly Rule[] = [
  {
    field: "reasoning",
    when: (request) => request.reasoning !== "off" && forcesTool(request),
    then: "drop",
    because: "OpenRouter silently omits Claude's reasoning when a tool is forced, so none was requested",
  },
  ...claude.rules.filter(({ field }) => field === "temperature" || field === "topP" || field === "topK"),
];

function geminiFamily(id: string): Family {
  const traits = gemini.geminiTraits(id);
  if (traits === undefined) return {};
  const base = gemini.capabilitiesOf(id);
  const capabilities: Capabilities = {
    ...base,
    ...STOP,
    ...(traits.thinking === "budget" ? { reasoning: BUDGET_LEVELS } : {}),
    "tools.images": true,
    "cache.explicit": traits.family === "gemini",
  };
  const modalities = base["output.image"] === true ? { defaults: { modalities: ["image", "text"] } } : {};
  return {
    dialect: modalities,
    capabilities,
    rules: gatewayRules,
    cache: { oneHour: false, maxBreakpoints: 1 },
  };
}
