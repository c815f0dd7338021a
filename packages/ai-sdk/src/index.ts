/** Any connection as a language model of the AI SDK. */
export type { ApiCallErrorData } from "./errors.ts";
export { hostedTool } from "./hosted-tool.ts";
export { languageModel } from "./language-model.ts";
export type { LanguageModelOptions } from "./model-call.ts";
export { createLumiverse, type LumiverseOptions, type LumiverseProvider, lumiverse } from "./provider.ts";
export type { LumiverseCallOptions } from "./request/call-options.ts";
export type { AnswerMetadata } from "./response/answer-metadata.ts";
