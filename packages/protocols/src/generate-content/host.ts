/** How hosts of the generateContent protocol differ, and what a connection's settings add to a request. */
import { type CheckedCall, type JsonObject, LumiverseError } from "@lumiverse/core/provider";

/** Where a host speaks generateContent and what it accepts. */
export interface GenerateContentHost {
  /** The model's resource name as a path under the base URL, such as `/models/gemini-x`. */
  resource(call: CheckedCall): string;
  /** What the connection's settings put into every request. Default: nothing. */
  options?: (call: CheckedCall) => GenerateContentOptions;
  /**
   * The field `includeServerSideToolInvocations` in requests with functions and the vendor's own tools. `send`: it is required (Gemini API, from Gemini 3 on).
   * `omit`: the host does not know the field and refuses it (Vertex AI).
   */
  serverToolsFlag: "send" | "omit";
}

/** What the settings of a connection put into a request. */
export interface GenerateContentOptions {
  /** Raw fields of the body: safety settings, labels, service tier. `request.parameters` takes precedence. */
  fields?: JsonObject;
  headers?: Record<string, string>;
  /** Let the model search the web where the request's other tools allow it. Default false. */
  webSearch?: boolean;
  /** Thought summaries. True: always. False: never. Undefined: when the request asks for reasoning. */
  includeThoughts?: boolean;
}

/** How likely harm must be for the vendor to block it. `BLOCK_NONE` still returns ratings, `OFF` does not. https://ai.google.dev/gemini-api/docs/safety-settings */
export type SafetyThreshold = "OFF" | "BLOCK_NONE" | "BLOCK_ONLY_HIGH" | "BLOCK_MEDIUM_AND_ABOVE" | "BLOCK_LOW_AND_ABOVE";

/** Thresholds by harm category. An absent category has the model's default. */
export interface SafetySettings {
  harassment?: SafetyThreshold | undefined;
  hateSpeech?: SafetyThreshold | undefined;
  sexuallyExplicit?: SafetyThreshold | undefined;
  dangerousContent?: SafetyThreshold | undefined;
}

/** The four categories that every model knows. The vendor refuses a request with a category that the model does not know, so there are no settings for others. */
const CATEGORIES: readonly (readonly [keyof SafetySettings, string])[] = [
  ["harassment", "HARM_CATEGORY_HARASSMENT"],
  ["hateSpeech", "HARM_CATEGORY_HATE_SPEECH"],
  ["sexuallyExplicit", "HARM_CATEGORY_SEXUALLY_EXPLICIT"],
  ["dangerousContent", "HARM_CATEGORY_DANGEROUS_CONTENT"],
];

/** `safetySettings` of the body. Undefined when no category is set. */
export function safetySettings(safety: SafetySettings | undefined): JsonObject[] | undefined {
  const list = CATEGORIES.flatMap(([field, category]) => (safety?.[field] === undefined ? [] : [{ category, threshold: safety[field] }]));
  return list.length === 0 ? undefined : list;
}

/**
 * The path of a resource. Each segment is encoded, so that no id reaches another endpoint or another method.
 * @throws LumiverseError `invalid-request` for a segment that is empty, `.` or `..`
 */
export function resourcePath(segments: readonly string[]): string {
  if (segments.some((segment) => /^(?:\.{1,2})?$/.test(segment.trim())))
    throw new LumiverseError({
      code: "invalid-request",
      field: "model",
      message: `the model id leads to the path ${JSON.stringify(segments.join("/"))}, which is not that of a model`,
      hint: "Pass a model's id, or a resource name such as tunedModels/my-model",
    });
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}
