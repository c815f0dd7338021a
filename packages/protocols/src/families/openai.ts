/**
 * What follows an OpenAI model to whichever host serves it. By version, compared as numbers; an unknown newer model takes the newest known rules.
 * Sources: the vendor's model pages (read November 2026) and the answers other clients got to each combination in July 2026.
 */
import type { ChatRequest, Facts, Rule } from "@lumiverse/core";
import { isObject } from "@lumiverse/core";
import { atLeast, versionOf } from "./version.ts";

export interface OpenaiTraits {
  line: "gpt" | "o" | "other";
  version: readonly number[];
  /** Effort words, weakest first; empty: it does not reason. */
  effort: readonly string[];
  off: boolean | "unknown";
  /** Whether it reasons when nothing is asked. */
  unasked: "on" | "off";
  /** When temperature, top_p, penalties and logprobs are taken. */
  sampling: "always" | "while-off" | "never";
  /** Which APIs serve it. */
  apis: "both" | "responses" | "chat-completions";
  /** Chat Completions refuses function tools together with reasoning. */
  toolsWithReasoningOnChat: boolean;
  audio: boolean;
  image: boolean | "unknown";
  verbosity: boolean;
}

const GPT = /^gpt-(\d+)(?:\.(\d+))?(?![\da-z])/;
const SERIES = /^o(\d+)(?![\da-z])/;

/** The id less what says nothing of the model: a gateway's vendor prefix, a fine-tune's owner, a date. */
export function bare(id: string): string {
  return id
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^ft:([^:]+):.*$/, "$1")
    .replace(/-\d{4}-\d{2}-\d{2}$/, "");
}

export function traitsOf(id: string): OpenaiTraits {
  const name = bare(id);
  const words = new Set(name.split("-").slice(1));
  const gpt = versionOf(name, GPT);
  const series = versionOf(name, SERIES);
  if (series !== undefined) {
    const responses = words.has("pro") || words.has("deep");
    return reasoning("o", series, ["low", "medium", "high"], {
      off: false,
      unasked: "on",
      sampling: "never",
      apis: responses ? "responses" : "both",
      // o1-mini and o1-preview read text alone.
      image: !(series[0] === 1 && (words.has("mini") || words.has("preview"))) && !(series[0] === 3 && words.has("mini")),
    });
  }
  if (name.startsWith("codex-mini") || name.startsWith("computer-use"))
    return reasoning("other", [5], ["low", "medium", "high"], { off: false, unasked: "on", sampling: "never", apis: "responses" });
  const since = (...minimum: number[]): boolean => gpt !== undefined && atLeast(gpt, minimum);
  if (gpt === undefined || !since(5)) return silent(name, words, gpt);
  // 5-chat does not reason; its successors always do.
  if (words.has("chat") && !since(5, 1)) return silent(name, words, gpt);
  const effort = since(5, 6)
    ? ["low", "medium", "high", "xhigh", "max"]
    : since(5, 5)
      ? ["minimal", "low", "medium", "high", "xhigh"]
      : since(5, 1)
        ? ["low", "medium", "high", "xhigh"]
        : ["minimal", "low", "medium", "high"];
  const always =
    !since(5, 1) ||
    words.has("pro") ||
    words.has("codex") ||
    words.has("chat") ||
    (since(6) && (words.has("astra") || (words.has("sol") && since(6, 1))));
  return reasoning("gpt", gpt, effort, {
    off: always ? false : since(6, 3) ? "unknown" : true,
    unasked: always || since(5, 5) ? "on" : "off",
    sampling: always ? "never" : "while-off",
    apis: words.has("pro") || words.has("codex") ? "responses" : "both",
    toolsWithReasoningOnChat: !since(5, 4),
    verbosity: true,
  });
}

function reasoning(
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
    unasked: "on",
    sampling: "never",
    apis: "both",
    toolsWithReasoningOnChat: true,
    audio: false,
    image: true,
    verbosity: false,
    ...more,
  };
}

function silent(name: string, words: ReadonlySet<string>, gpt: readonly number[] | undefined): OpenaiTraits {
  const audio = words.has("audio");
  // The searching models take neither temperature nor the Responses API.
  const search = words.has("search");
  const known = gpt !== undefined || /^(?:gpt-4o|chatgpt-4o|gpt-audio)/.test(name);
  return {
    line: gpt === undefined ? "other" : "gpt",
    version: gpt ?? [],
    effort: [],
    off: "unknown",
    unasked: "off",
    sampling: search ? "never" : "always",
    apis: audio || search ? "chat-completions" : "both",
    toolsWithReasoningOnChat: true,
    audio,
    image: audio || name.startsWith("gpt-3.5") ? false : known && (gpt === undefined || atLeast(gpt, [4, 1])) ? true : "unknown",
    verbosity: false,
  };
}

/** Does the id name one of the vendor's own models? What is unknown is not judged. */
export function isModel(id: string): boolean {
  return /^(?:gpt-(?:\d|audio)|chatgpt-|o\d+(?![\da-z])|codex-|computer-use)/.test(bare(id));
}

export function facts(id: string): Facts {
  if (!isModel(id)) return {};
  const traits = traitsOf(id);
  const thinks = traits.effort.length > 0;
  const sampling = traits.sampling !== "never";
  return {
    "input.image": traits.image,
    // PDFs are read as pages' pictures too.
    "input.file": traits.image,
    "input.audio": traits.audio,
    "output.audio": traits.audio,
    reasoning: thinks ? traits.effort : false,
    ...(thinks ? { "reasoning.off": traits.off, "reasoning.budget": false } : {}),
    temperature: sampling ? [0, 2] : false,
    topP: sampling ? [0, 1] : false,
    frequencyPenalty: sampling ? [-2, 2] : false,
    presencePenalty: sampling ? [-2, 2] : false,
    logprobs: sampling ? [0, 20] : false,
    // The o-series and gpt-5 refuse stop sequences; so far every reasoning model has.
    stop: thinks ? false : [1, 4],
  };
}

/** Whether this request makes this model reason, raw parameters included. */
export function reasons(traits: OpenaiTraits, request: ChatRequest): boolean {
  if (traits.effort.length === 0) return false;
  const raw = request.parameters;
  const nested = isObject(raw?.["reasoning"]) ? raw["reasoning"]["effort"] : undefined;
  const asked = raw?.["reasoning_effort"] ?? nested ?? request.reasoning;
  return asked === undefined ? traits.unasked === "on" : asked !== "off" && asked !== "none";
}

/** Sampling depends on the effort in force, not on the model alone. */
export function rules(id: string): readonly Rule[] {
  if (!isModel(id)) return [];
  const traits = traitsOf(id);
  if (traits.sampling !== "while-off") return [];
  const fields = ["temperature", "topP", "frequencyPenalty", "presencePenalty", "logprobs"] as const;
  return fields.map((field) => ({
    field,
    when: (request) => reasons(traits, request),
    then: field === "logprobs" ? "refuse" : "drop",
    because: `${id} takes ${field} only while it does not reason: set reasoning to "off"`,
  }));
}
