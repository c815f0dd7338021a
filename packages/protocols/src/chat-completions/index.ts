/** OpenAI Chat Completions, and the hosts that serve it. */
export { definedFields } from "@lumiverse/core/provider";
export { geminiSchema, moonshotSchema, openaiStrict, schemaOmitting } from "../schema/index.ts";
export type { ErrorRule } from "../shared/errors.ts";
export type { ModelListOptions } from "../shared/model-list.ts";
export { outsideVersion } from "../shared/outside-version.ts";
export type { PromptCache } from "../shared/prompt-cache.ts";
export { tokenPrices } from "../shared/token-prices.ts";
export { type Dialect, type DialectModel, mergeDialects, mistralTemplate } from "./dialect.ts";
export { ignored } from "./ignored.ts";
export { chatCompletions } from "./protocol.ts";
export {
  atMostTools,
  type ChatProviderOptions,
  type ChatRouteOptions,
  chatProvider,
  chatRoute,
  type RouteChanges,
  samplingRules,
} from "./provider.ts";
export { dropReasoning, dropUnsupportedParameters, MAX_COMPLETION_TOKENS, renameOutputLimit } from "./recover.ts";
export { type CacheBreakpointOptions, cacheBreakpoints } from "./request/cache-breakpoints.ts";
