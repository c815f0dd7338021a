/**
 * What is true of an OpenAI model on every host that serves it, by version. An unknown newer model follows the newest known rules. Sources: the vendor's model
 * pages, read November 2026, and answers to each combination, recorded by other clients in July 2026.
 */
import { type Capabilities, type ChatRequest, isObject, type Rule } from "@lumiverse/core/provider";
import { atLeast, versionOf } from "./version.ts";

/** Traits of a model that its version decides. */
export interface OpenaiTraits {
  line: "gpt" | "o" | "other";
  version: readonly number[];
  /** Effort words, weakest first. Empty: the model does not reason. */
  effort: readonly string[];
  off: boolean | "unknown";
  /** Whether the model reasons when the request does not mention reasoning. */
  defaultReasoning: "on" | "off";
  /** When temperature, top_p, penalties and logprobs are accepted. */
  sampling: "always" | "while-off" | "never";
  /** The APIs that serve the model. */
  apis: "both" | "responses" | "chat-completions";
  /** Chat Completions accept function tools together with reasoning. */
  toolsWithReasoningOnChat: boolean;
  audio: boolean;
  image: boolean | "unknown";
  verbosity: boolean;
}

const GPT = /^gpt-(\d+)(?:\.(\d+))?(?![\da-z])/;
const SERIES = /^o(\d+)(?![\da-z])/;

/** The model's name: the id without a gateway's vendor prefix, the owner of a fine-tune, and a date. */
export function modelName(id: string): string {
  return id
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^ft:([^:]+):.*$/, "$1")
    .replace(/-\d{4}-\d{2}-\d{2}$/, "");
}

/** The traits of a model, by its id. */
export function traitsOf(id: string): OpenaiTraits {
  const name = modelName(id);
  const [, ...words] = name.split("-");
  const gpt = versionOf(name, GPT);
  const series = versionOf(name, SERIES);
  if (series !== undefined) {
    const responses = words.includes("pro") || words.includes("deep");
    return withReasoning("o", series, words.includes("deep") ? ["medium"] : ["low", "medium", "high"], {
      off: false,
      defaultReasoning: "on",
      sampling: "never",
      apis: responses ? "responses" : "both",
      // o1-mini and o1-preview read text only.
      image: !(series[0] === 1 && (words.includes("mini") || words.includes("preview"))) && !(series[0] === 3 && words.includes("mini")),
    });
  }
  if (name.startsWith("codex-mini") || name.startsWith("computer-use"))
    return withReasoning("other", [5], ["low", "medium", "high"], {
      off: false,
      defaultReasoning: "on",
      sampling: "never",
      apis: "responses",
    });
  const since = (...minimum: number[]): boolean => gpt !== undefined && atLeast(gpt, minimum);
  if (gpt === undefined || !since(5)) return withoutReasoning(name, words, gpt);
  // gpt-5-chat does not reason; its successors always do.
  if (words.includes("chat") && !since(5, 1)) return withoutReasoning(name, words, gpt);
  const always =
    !since(5, 1) ||
    words.includes("pro") ||
    words.includes("codex") ||
    words.includes("chat") ||
    (since(6) && (words.includes("astra") || (words.includes("sol") && since(6, 1))));
  return withReasoning("gpt", gpt, effortOf(words, since), {
    off: always ? false : since(6, 3) ? "unknown" : true,
    defaultReasoning: always || since(5, 5) ? "on" : "off",
    sampling: always ? "never" : "while-off",
    apis: words.includes("pro") || words.includes("codex") ? "responses" : "both",
    toolsWithReasoningOnChat: !since(5, 4),
    verbosity: true,
  });
}

/** The effort words of a GPT model that reasons. A word outside of them is refused: "Unsupported value: 'minimal' is not supported with the … model". */
function effortOf(words: readonly string[], since: (...minimum: number[]) => boolean): readonly string[] {
  if (words.includes("pro") && !since(5, 6)) return since(5, 1) ? ["medium", "high", "xhigh"] : ["high"];
  if (words.includes("chat")) return ["medium"];
  if (since(5, 6)) return ["low", "medium", "high", "xhigh", "max"];
  if (since(5, 2) || words.includes("max")) return ["low", "medium", "high", "xhigh"];
  return since(5, 1) || words.includes("codex") ? ["low", "medium", "high"] : ["minimal", "low", "medium", "high"];
}

function withReasoning(
  line: OpenaiTraits["line"],
  version: readonly number[],
  effort: readonly string[],
  more: Partial<OpenaiTraits>,
): OpenaiTraits {
  return {
    line,
    version,
    effort,
    off: false,
    defaultReasoning: "on",
    sampling: "never",
    apis: "both",
    toolsWithReasoningOnChat: true,
    audio: false,
    image: true,
    verbosity: false,
    ...more,
  };
}

function withoutReasoning(name: string, words: readonly string[], gpt: readonly number[] | undefined): OpenaiTraits {
  const audio = words.includes("audio");
  // Search models accept no temperature and are not served by the Responses API.
  const search = words.includes("search");
  const known = gpt !== undefined || /^(?:gpt-4o|chatgpt-4o|gpt-audio)/.test(name);
  return {
    line: gpt === undefined ? "other" : "gpt",
    version: gpt ?? [],
    effort: [],
    off: "unknown",
    defaultReasoning: "off",
    sampling: search ? "never" : "always",
    apis: audio || search ? "chat-completions" : "both",
    toolsWithReasoningOnChat: true,
    audio,
    image: audio || name.startsWith("gpt-3.5") ? false : known && (gpt === undefined || atLeast(gpt, [4, 1])) ? true : "unknown",
    verbosity: false,
  };
}

/** True when the id names one of the vendor's own models. */
export function isModel(id: string): boolean {
  return /^(?:gpt-(?:\d|audio)|chatgpt-|o\d+(?![\da-z])|codex-|computer-use)/.test(modelName(id));
}

/** Capabilities by id. Empty for ids that name no model of the vendor. */
export function capabilitiesOf(id: string): Capabilities {
  if (!isModel(id)) return {};
  const traits = traitsOf(id);
  const reasons = traits.effort.length > 0;
  const sampling = traits.sampling !== "never";
  return {
    "input.image": traits.image,
    // PDFs are read as images of their pages too.
    "input.file": traits.image,
    "input.audio": traits.audio,
    "output.audio": traits.audio,
    reasoning: reasons ? traits.effort : false,
    ...(reasons ? { "reasoning.off": traits.off, "reasoning.budget": false } : {}),
    temperature: sampling ? [0, 2] : false,
    topP: sampling ? [0, 1] : false,
    frequencyPenalty: sampling ? [-2, 2] : false,
    presencePenalty: sampling ? [-2, 2] : false,
    logprobs: sampling ? [0, 20] : false,
    // Every reasoning model so far refuses stop sequences.
    stop: reasons ? false : [1, 4],
  };
}

/** True when this request makes this model reason. Raw parameters count. */
export function requestsReasoning(traits: OpenaiTraits, request: ChatRequest): boolean {
  if (traits.effort.length === 0) return false;
  const raw = request.parameters;
  const nested = isObject(raw?.["reasoning"]) ? raw["reasoning"]["effort"] : undefined;
  const asked = raw?.["reasoning_effort"] ?? nested ?? request.reasoning;
  return asked === undefined ? traits.defaultReasoning === "on" : asked !== "off" && asked !== "none";
}

/** Facts about pairs of fields: sampling depends on the requested effort too. */
export function rules(id: string): readonly Rule[] {
  if (!isModel(id)) return [];
  const traits = traitsOf(id);
  if (traits.sampling !== "while-off") return [];
  const fields = ["temperature", "topP", "frequencyPenalty", "presencePenalty", "logprobs"] as const;
  return fields.map((field) => ({
    field,
    when: (request) => requestsReasoning(traits, request),
    then: field === "logprobs" ? "refuse" : "drop",
    because: `${id} accepts ${field} only while it does not reason. Set reasoning to "off" to use it.`,
  }));
}
