/** Gemini's generateContent: the wire of Google's Gemini API and of Vertex AI. */
import type { CheckedCall, Protocol } from "@lumiverse/core";
import { all } from "../plain.ts";
import { loadCompiler } from "../schema.ts";
import { rich } from "./contents.ts";
import type { GenerateContentHost } from "./host.ts";
import { GenerateContentReader } from "./reader.ts";
import { needsRich, render } from "./render.ts";

export function generateContent(host: GenerateContentHost): Protocol {
  return {
    id: "generate-content",
    framing: "sse",
    load: (call) => (needsRich(call, host) ? all(rich.enter(), loadCompiler(call)) : undefined),
    render: (call: CheckedCall) => render(host, call),
    reader: (_call, rendered) => new GenerateContentReader(rendered),
    parseError: async (failure, call) => (await import("./errors.ts")).parseError(failure, call),
  };
}

export { type GenerateContentHost, type SafetySettings, type SafetyThreshold, safetySettings, type WireOptions } from "./host.ts";
export { countTokens, listModels, verdictOf } from "./operations.ts";
export { recover } from "./recover.ts";
