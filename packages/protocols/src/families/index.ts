/** What is true of a model on every host that serves it. A provider names the families it serves. */
export * as claude from "./claude.ts";
export { gatewayRules } from "./gateway-rules.ts";
export * as gemini from "./gemini.ts";
export { reasoningReplay } from "./history.ts";
export { type KimiTraits, kimiTraits } from "./kimi.ts";
export * as mistral from "./mistral.ts";
export * as openai from "./openai.ts";
export { isReasonerByName } from "./reasoning-names.ts";
export { type ModelVendor, modelVendor } from "./schemas.ts";
export { atLeast, versionIn, versionOf } from "./version.ts";
