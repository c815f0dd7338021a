/**
 * Everything that a model can accept or return, as a closed vocabulary. Providers, model families and catalogues state capabilities in it. The check before
 * a request, `supports()`, `find()`, the generated tables and the conformance suite read the same statements.
 */
export type Capability =
  // Input and output other than text.
  | "input.image"
  | "input.audio"
  | "input.file"
  | "input.video"
  /** The vendor fetches media by URL. */
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
  /** Tool results can hold images. */
  | "tools.images"
  // Structured output.
  | "output.schema"
  | "output.json"
  /** Structured output together with tools. */
  | "output.tools"
  // Reasoning. `reasoning`: the vendor's effort words, weakest first; `true`: the model reasons but accepts no level.
  | "reasoning"
  | "reasoning.off"
  | "reasoning.budget"
  /** The reasoning text is returned. */
  | "reasoning.visible"
  // Sampling and limits. A pair is the accepted range; for `stop` it is the number of sequences.
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
  // Prompt caching: explicit breakpoints, automatic on request, or always on.
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

/** `[min, max]` of a number, or a list of words. Absent and `"unknown"` mean the same: nothing is claimed, and the field is sent. */
export type CapabilityValue = boolean | "unknown" | readonly [min: number, max: number] | readonly string[];

/** Capabilities by name. */
export type Capabilities = { readonly [C in Capability]?: CapabilityValue };

export type Support = "yes" | "no" | "unknown";

/** Reduces a capability to yes, no or unknown. */
export function supportOf(value: CapabilityValue | undefined): Support {
  if (value === undefined || value === "unknown") return "unknown";
  return value === false ? "no" : "yes";
}

/** What a claim is based on, strongest kind first. Only `live`, `recorded` and `replayed` count as verified. */
export type EvidenceKind = "live" | "recorded" | "replayed" | "derived" | "documented" | "declared";

export interface Evidence {
  kind: EvidenceKind;
  /** A fixture's path, a recording's file name or a page's URL. */
  source: string;
  /** ISO date. */
  date?: string;
  /** SHA-256 of the recording that was read, for `replayed` and `recorded`. */
  sha256?: string;
  /** The model that showed it, where the evidence concerns one model. */
  model?: string;
}

/**
 * What `supports()` returns: the claim and its evidence, strongest first. An application that has not imported the evidence of a provider (`@lumiverse/<id>/evidence`)
 * gets the provider's own statement, of the kind `declared`, for what is known.
 */
export interface CapabilityClaim {
  capability: Capability;
  support: Support;
  value?: CapabilityValue;
  evidence: readonly Evidence[];
}

/** Capabilities of the models whose id matches. All matching entries apply in order; a later one wins. */
export interface ModelCapabilities {
  /** A glob over the id, without regard to case (`*` matches any characters), a list of globs, or a function. */
  match: string | readonly string[] | ((id: string) => boolean);
  capabilities: Capabilities;
}
