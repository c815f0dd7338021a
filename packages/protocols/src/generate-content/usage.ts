import type { Emit, JsonObject, Usage } from "@lumiverse/core";

const FIELDS = [
  "promptTokenCount",
  "cachedContentTokenCount",
  "toolUsePromptTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
] as const;

/**
 * Counts come with nearly every chunk, cumulative, and fields vanish from later chunks: the last of each counts, never the sum. (Not the largest:
 * a stream of 2.0 began with a prompt of one token more than it closed with, and its closing total agreed with the smaller one.)
 * Said once when first seen, so that an aborted call has some, and once at the end.
 */
export class UsageMeter {
  readonly #counts: (number | undefined)[] = [];
  #raw: JsonObject | undefined;
  #tier: string | undefined;
  #said = false;

  read(usage: JsonObject, emit: Emit): void {
    this.#raw = usage;
    for (let i = 0; i < FIELDS.length; i++) {
      const count = usage[FIELDS[i] as string];
      // A zero in a late chunk is a field that vanished.
      if (typeof count === "number" && Number.isFinite(count) && (count > 0 || this.#counts[i] === undefined)) this.#counts[i] = count;
    }
    const { serviceTier, trafficType } = usage;
    if (typeof serviceTier === "string") this.#tier = serviceTier;
    else if (typeof trafficType === "string") this.#tier = trafficType;
    if (!this.#said && this.#counts.length > 0) this.#say(emit, "partial");
  }

  /** The closing figures. */
  emit(emit: Emit, completeness: Usage["completeness"]): void {
    if (this.#counts.length > 0) this.#say(emit, completeness);
    if (this.#tier !== undefined) emit({ type: "details", details: { serviceTier: this.#tier } });
    // Counts by modality are priced apart (audio), so they stay at hand.
    if (this.#raw !== undefined) emit({ type: "details", details: { usageMetadata: this.#raw } });
  }

  #say(emit: Emit, completeness: Usage["completeness"]): void {
    this.#said = true;
    const [prompt, cached, toolUse, candidates, thoughts] = this.#counts;
    emit({
      type: "usage",
      usage: {
        // The prompt count holds the cached part; what the vendor's own tools read counts apart and is billed as input.
        ...(prompt === undefined && toolUse === undefined ? {} : { input: Math.max(0, (prompt ?? 0) - (cached ?? 0)) + (toolUse ?? 0) }),
        ...(cached === undefined ? {} : { cacheRead: cached }),
        // Thoughts are not in the candidates' count.
        ...(candidates === undefined && thoughts === undefined ? {} : { output: (candidates ?? 0) + (thoughts ?? 0) }),
        ...(thoughts === undefined ? {} : { reasoning: thoughts }),
        completeness,
      },
    });
  }
}
