/**
 * The closed vocabulary of what a model on a route can take and give. Providers, families and catalogues state facts in it;
 * the check before a request, `supports()`, `find()`, the tables and the choice of conformance scenarios read the same facts.
 */
export type Capability =
  // What goes in and comes out, beside text.
  | "input.image"
  | "input.audio"
  | "input.file"
  | "input.video"
  /** Media may be given by URL, which the vendor fetches. */
  | "input.url"
  | "output.image"
  | "output.audio"
  // Tools.
  | "tools"
  | "toolChoice.none"
  | "toolChoice.required"
  | "toolChoice.named"
  /** `parallelToolCalls: false` is honoured. */
  | "parallelToolCalls"
  | "tools.strict"
  /** Tool results may hold images. */
  | "tools.images"
  // Structured output.
  | "output.schema"
  | "output.json"
  /** Structured output together with tools. */
  | "output.tools"
  // Reasoning. `reasoning`: the vendor's effort words, weakest first; `true`: it reasons but takes no level.
  | "reasoning"
  | "reasoning.off"
  | "reasoning.budget"
  /** Reasoning text is shown. */
  | "reasoning.visible"
  // Sampling and limits. A pair is the range taken; `stop` as a number pair is the count of sequences.
  | "maxOutputTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "minP"
  | "frequencyPenalty"
  | "presencePenalty"
  | "repetitionPenalty"
  | "stop"
  | "seed"
  | "logprobs"
  | "prefill"
  // Prompt caching: explicit breakpoints, automatic by request, or done by the vendor unasked.
  | "cache.explicit"
  | "cache.automatic"
  | "cache.implicit"
  | "streaming"
  | "sources"
  | "webSearch"
  // Operations.
  | "countTokens"
  | "models"
  | "account";

/** `[min, max]` of a number, or a list of words. Absent and `"unknown"` mean the same: sent, and nobody claims anything. */
export type Fact = boolean | "unknown" | readonly [min: number, max: number] | readonly string[];
export type Facts = { readonly [C in Capability]?: Fact };

export type Support = "yes" | "no" | "unknown";
export function supportOf(fact: Fact | undefined): Support {
  if (fact === undefined || fact === "unknown") return "unknown";
  return fact === false ? "no" : "yes";
}

/** What stands behind a claim, strongest kind first. "Verified" is said of `live`, `recorded` and `replayed` alone. */
export type EvidenceKind = "live" | "recorded" | "replayed" | "derived" | "documented" | "declared";
export interface Evidence {
  kind: EvidenceKind;
  /** A fixture's path, a recording's file name or a page's URL. */
  source: string;
  /** ISO date. */
  date?: string;
  /** SHA-256 of the recording that was read, for `replayed` and `recorded`. */
  sha256?: string;
  /** The model by which it was shown, where the evidence is of one model. */
  model?: string;
}
export interface Claim {
  capability: Capability;
  support: Support;
  fact?: Fact;
  evidence: readonly Evidence[];
}

/** Facts that hold for the models whose id matches; all matching entries apply in order, the later one winning. */
export interface ModelFacts {
  /** A glob (`*` is any run of characters) over the lower-cased id, a list of them, or a test. */
  match: string | readonly string[] | ((id: string) => boolean);
  takes: Facts;
}

export function matches(match: ModelFacts["match"], id: string): boolean {
  if (typeof match === "function") return match(id);
  return typeof match === "string" ? glob(match, id) : match.some((one) => glob(one, id));
}
function glob(pattern: string, id: string): boolean {
  const text = id.toLowerCase();
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i] ?? "";
    const found = i === pieces.length - 1 ? Math.max(text.length - piece.length, at) : text.indexOf(piece, at);
    if (found < 0 || !text.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return true;
}
export function factsFor(base: Facts, models: readonly ModelFacts[] | undefined, id: string): Facts {
  let facts = base;
  for (const entry of models ?? []) if (matches(entry.match, id)) facts = { ...facts, ...entry.takes };
  return facts;
}
