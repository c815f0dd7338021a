/** Google's generateContent protocol, of the Gemini API and Vertex AI: https://ai.google.dev/api/generate-content */
import type { Protocol } from "@lumiverse/core/provider";
import { loadSchemaCompiler } from "../schema/index.ts";
import { parseError } from "./errors.ts";
import type { GenerateContentHost } from "./host.ts";
import { render } from "./request/render.ts";
import { addMissingSignatures } from "./request/turns.ts";
import type { ReaderState } from "./response/parts.ts";
import { GenerateContentReader } from "./response/reader.ts";
import { billingOf } from "./response/usage.ts";

/** The protocol for a host. */
export function generateContent(host: GenerateContentHost): Protocol {
  return {
    id: "generate-content",
    billing: billingOf,
    loadSchemaCompiler,
    render: (call) => render(call, host),
    fitSpelling: ({ http, notes, call }) => addMissingSignatures(http, call.request.model, notes),
    // `render` above is the only function that sets the state.
    reader: ({ call, rendered }) =>
      new GenerateContentReader((rendered.state as ReaderState | undefined) ?? {}, call.request.vendorFields?.open("generate-content")),
    parseError: ({ failure, call }) => parseError(failure, call.messages),
  };
}

export {
  type GenerateContentHost,
  type GenerateContentOptions,
  resourcePath,
  type SafetySettings,
  type SafetyThreshold,
  safetySettings,
} from "./host.ts";
export { ignored } from "./ignored.ts";
export { recover } from "./recover.ts";
