import type { Capabilities, Provider } from "@lumiverse/core/provider";
import { chatProvider, type Dialect } from "@lumiverse/protocols/chat-completions";
import type { TidepoolSettings } from "./settings.ts";
import { version } from "./version.ts";

/** The differences from OpenAI Chat Completions, each with its reason. */
const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // max_tokens is a 400 (reference, November 2026)
  errors: [{ status: 402, is: "insufficient-balance", hint: "Top up at https://tidepool.test/billing" }],
};

/** What every model of the host supports. Each claim needs a case that shows it. A field without a claim is sent as it is. */
const capabilities: Capabilities = {
  streaming: true,
  maxOutputTokens: [1, 8192],
  temperature: [0, 1.5],
  topK: false, // an unknown field is a 400
};

/** https://docs.tidepool.test/reference/chat */
export const tidepool: Provider<TidepoolSettings> = chatProvider<TidepoolSettings>({
  id: "tidepool",
  name: "Tidepool",
  docs: "https://docs.tidepool.test/reference/chat",
  version,
  base: "https://inference.tidepool.test/api/v2",
  env: "TIDEPOOL_API_KEY",
  dialect,
  capabilities,
  check: "model-list", // for a list that needs no key: { model: "a-small-model" }
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
});
