/** What each subject installs, imports and bundles for a chat with one provider and with three. */
export interface Footprint {
  subject: string;
  /** The packages that an application installs. */
  packages: readonly string[];
  /** The modules that an application imports. Default: the packages. */
  imports?: readonly string[];
  /** The file in bundles/, without its extension. */
  bundle: string;
}

export const one: readonly Footprint[] = [
  { subject: "limit", packages: ["eventsource-parser"], bundle: "limit.one" },
  { subject: "lumiverse", packages: ["@lumiverse/core", "@lumiverse/groq"], bundle: "lumiverse.one" },
  { subject: "openai", packages: ["openai"], bundle: "openai.one" },
  { subject: "anthropic", packages: ["@anthropic-ai/sdk"], bundle: "anthropic.one" },
  { subject: "google", packages: ["@google/genai"], bundle: "google.one" },
  { subject: "ai-sdk", packages: ["ai", "@ai-sdk/openai-compatible"], bundle: "ai-sdk.one" },
  { subject: "langchain", packages: ["@langchain/openai", "@langchain/core"], imports: ["@langchain/openai"], bundle: "langchain.one" },
  { subject: "tanstack", packages: ["@tanstack/ai", "@tanstack/ai-openai"], bundle: "tanstack.one" },
  {
    subject: "pi-ai",
    packages: ["@earendil-works/pi-ai"],
    imports: ["@earendil-works/pi-ai", "@earendil-works/pi-ai/api/openai-completions"],
    bundle: "pi-ai.one",
  },
  { subject: "multi-llm", packages: ["multi-llm-ts"], bundle: "multi-llm.one" },
];

/** OpenAI, Anthropic and Google, for subjects that support all three. */
export const three: readonly Footprint[] = [
  {
    subject: "lumiverse",
    packages: ["@lumiverse/core", "@lumiverse/openai", "@lumiverse/anthropic", "@lumiverse/google"],
    bundle: "lumiverse.three",
  },
  { subject: "three SDKs", packages: ["openai", "@anthropic-ai/sdk", "@google/genai"], bundle: "sdks.three" },
  { subject: "ai-sdk", packages: ["ai", "@ai-sdk/openai", "@ai-sdk/anthropic", "@ai-sdk/google"], bundle: "ai-sdk.three" },
  { subject: "pi-ai", packages: ["@earendil-works/pi-ai"], bundle: "pi-ai.three" },
  // It always imports all its providers.
  { subject: "multi-llm", packages: ["multi-llm-ts"], bundle: "multi-llm.one" },
];
