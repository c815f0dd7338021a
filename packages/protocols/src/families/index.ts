/** Facts that follow a model to whichever host serves it. A provider names the family it serves; nothing here is found by sniffing. */
export * as claude from "./claude.ts";
export * as gemini from "./gemini.ts";
export * as mistral from "./mistral.ts";
export * as openai from "./openai.ts";
export { atLeast, versionOf } from "./version.ts";
