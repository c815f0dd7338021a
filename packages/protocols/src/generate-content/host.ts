import type { CheckedCall, JsonObject } from "@lumiverse/core";

/** Who speaks this wire, and with which differences. */
export interface GenerateContentHost {
  /** The model's path under the base, such as `/models/gemini-x`. */
  resource(call: CheckedCall): string;
  /** What the connection's settings put into every request. */
  options?: (call: CheckedCall) => WireOptions;
  /**
   * Functions beside the vendor's own tools. `flag`: `includeServerSideToolInvocations` must be set (Gemini API, from Gemini 3 on); `plain`: the field is
   * unknown there and refuses the request (Vertex).
   */
  mixedTools: "flag" | "plain";
}

export interface WireOptions {
  /** Raw fields, under what `parameters` say: safety settings, labels, service tier. */
  fields?: JsonObject;
  headers?: Record<string, string>;
  /** Let the model search the web where the request's other tools allow it. */
  webSearch?: boolean;
  /** Thought summaries: always, never, or (undefined) when reasoning was asked for. */
  includeThoughts?: boolean;
}

/** A harm category's bar. `OFF` and `BLOCK_NONE` differ in whether ratings are made at all. */
export type SafetyThreshold = "OFF" | "BLOCK_NONE" | "BLOCK_ONLY_HIGH" | "BLOCK_MEDIUM_AND_ABOVE" | "BLOCK_LOW_AND_ABOVE";
export interface SafetySettings {
  harassment?: SafetyThreshold | undefined;
  hateSpeech?: SafetyThreshold | undefined;
  sexuallyExplicit?: SafetyThreshold | undefined;
  dangerousContent?: SafetyThreshold | undefined;
}

/** The four categories that every model knows. One that a model does not know fails the whole request, so no others are offered as settings. */
const CATEGORIES: readonly (readonly [keyof SafetySettings, string])[] = [
  ["harassment", "HARM_CATEGORY_HARASSMENT"],
  ["hateSpeech", "HARM_CATEGORY_HATE_SPEECH"],
  ["sexuallyExplicit", "HARM_CATEGORY_SEXUALLY_EXPLICIT"],
  ["dangerousContent", "HARM_CATEGORY_DANGEROUS_CONTENT"],
];
/** The wire's list; undefined when nothing is set, so that the vendor's own default holds. */
export function safetySettings(safety: SafetySettings | undefined): JsonObject[] | undefined {
  const list = CATEGORIES.flatMap(([field, category]) => (safety?.[field] === undefined ? [] : [{ category, threshold: safety[field] }]));
  return list.length === 0 ? undefined : list;
}
