/** Token counts of the generateContent protocol. https://ai.google.dev/api/generate-content#UsageMetadata */
import { type Billing, definedFields, type Emit, type HttpRequest, isObject, type JsonObject, type Usage } from "@lumiverse/core/provider";
import { isFilled, isFilledText, tokenCount } from "../../shared/json-values.ts";

const FIELDS = [
  "promptTokenCount",
  "cachedContentTokenCount",
  "toolUsePromptTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
] as const;
/** The Live API and gateways over it have another name for this field. */
const CANDIDATES = FIELDS.indexOf("candidatesTokenCount");

/**
 * Nearly every chunk has counts. They are cumulative, and fields disappear from later chunks, so the last value of each field counts. The largest would be
 * wrong: a stream of Gemini 2.0 began with a prompt count that was one higher than the final one, and its total agreed with the lower count.
 * Usage is emitted with the first counts, so that an aborted call has some, and at the end.
 */
export class UsageReader {
  readonly #counts: (number | undefined)[] = [];
  #usageMetadata: JsonObject | undefined;
  #serviceTier: string | undefined;
  #emitted = false;

  /** True once a count has come. */
  get hasCounts(): boolean {
    return this.#counts.length > 0;
  }

  /** Returns whether there was a count other than zero. */
  read(usage: JsonObject, emit: Emit): boolean {
    if (!isFilled(usage)) return false;
    this.#usageMetadata = usage;
    // It runs once per chunk.
    for (let i = 0; i < FIELDS.length; i++) {
      const count = tokenCount(usage[FIELDS[i] ?? ""] ?? (i === CANDIDATES ? usage["responseTokenCount"] : undefined));
      // A zero after a higher count is a field that disappeared.
      if (count !== undefined && (count > 0 || this.#counts[i] === undefined)) this.#counts[i] = count;
    }
    const { serviceTier, trafficType } = usage;
    if (isFilledText(serviceTier)) this.#serviceTier = serviceTier;
    else if (typeof trafficType === "string") this.#serviceTier = trafficType;
    if (!this.#emitted && this.#counts.length > 0) this.#emitUsage(emit, "partial");
    return true;
  }

  /** Emits the final counts. */
  end(emit: Emit, completeness: Usage["completeness"]): void {
    if (this.#counts.length > 0) this.#emitUsage(emit, completeness);
    if (this.#serviceTier !== undefined) emit({ type: "details", details: { serviceTier: this.#serviceTier } });
    // Contains the counts by modality, which have different prices.
    if (this.#usageMetadata !== undefined) emit({ type: "details", details: { usageMetadata: this.#usageMetadata } });
  }

  #emitUsage(emit: Emit, completeness: Usage["completeness"]): void {
    this.#emitted = true;
    const [prompt, cached, toolUse, candidates, thoughts] = this.#counts;
    emit({
      type: "usage",
      usage: {
        // The prompt count includes the cached tokens. What the vendor's own tools read is counted separately and billed as input.
        ...(prompt === undefined && toolUse === undefined ? {} : { input: Math.max(0, (prompt ?? 0) - (cached ?? 0)) + (toolUse ?? 0) }),
        ...definedFields({ cacheRead: cached }),
        // The candidates' count excludes thoughts.
        ...(candidates === undefined && thoughts === undefined ? {} : { output: (candidates ?? 0) + (thoughts ?? 0) }),
        ...definedFields({ reasoning: thoughts }),
        ...(hasOtherMedia(this.#usageMetadata) ? { otherCharges: "audio or images, which have prices of their own" } : {}),
        completeness,
      },
    });
  }
}

/** Audio in the prompt, and everything but text in the answer, is billed at another price than text. Images and videos in the prompt are not. */
function hasOtherMedia(usage: JsonObject | undefined): boolean {
  const has = (list: unknown, isOther: (modality: unknown) => boolean): boolean =>
    Array.isArray(list) && list.some((one) => isObject(one) && (tokenCount(one["tokenCount"]) ?? 0) > 0 && isOther(one["modality"]));
  const isAudio = (modality: unknown): boolean => modality === "AUDIO";
  return (
    has(usage?.["promptTokensDetails"], isAudio) ||
    has(usage?.["cacheTokensDetails"], isAudio) ||
    has(usage?.["candidatesTokensDetails"], (modality) => modality !== "TEXT" && modality !== "MODALITY_UNSPECIFIED")
  );
}

/** Tools that are billed by tokens alone, or run by the caller. Grounding with searches and maps is billed per query. */
const WITHOUT_CHARGE: ReadonlySet<string> = new Set(["functionDeclarations", "codeExecution", "urlContext", "computerUse"]);
/** Vertex AI takes the tier in a header. */
const TIER_HEADERS = ["x-vertex-ai-llm-shared-request-type", "x-vertex-ai-llm-request-type"];

/** What a request asks for that its token counts do not cover: https://ai.google.dev/gemini-api/docs/pricing (read November 2026) */
export function billingOf({ body = {}, headers = {} }: HttpRequest): Billing {
  const { serviceTier, tools } = body;
  const header = TIER_HEADERS.map((name) => headers[name]).find((value) => value !== undefined && value !== "shared");
  const tier = typeof serviceTier === "string" ? serviceTier : header;
  const isBilled = (tool: unknown): boolean => isObject(tool) && Object.keys(tool).some((name) => !WITHOUT_CHARGE.has(name));
  return {
    ...definedFields({ serviceTier: tier }),
    ...(Array.isArray(tools) && tools.some(isBilled) ? { otherCharges: "tools of the host" } : {}),
  };
}
