/** Gemini's generateContent: the wire of Google's Gemini API and of Vertex AI. */
import type { CheckedCall, Protocol } from "@lumiverse/core";
import { loadCompiler } from "../schema.ts";
import { parseError } from "./errors.ts";
import type { GenerateContentHost } from "./host.ts";
import { GenerateContentReader } from "./reader.ts";
import { render } from "./render.ts";

export function generateContent(host: GenerateContentHost): Protocol {
  return {
    id: "generate-content",
    framing: "sse",
    load: loadCompiler,
    render: (call: CheckedCall) => render(host, call),
    reader: (call, rendered) => new GenerateContentReader(call, rendered),
    parseError,
  };
}

export { type GenerateContentHost, type SafetySettings, type SafetyThreshold, safetySettings, type WireOptions } from "./host.ts";
export { countTokens, listModels, verdictOf } from "./operations.ts";
export { recover } from "./recover.ts";
