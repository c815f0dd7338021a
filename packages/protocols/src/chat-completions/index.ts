export type { PromptCache } from "../messages/host.ts";
export { type AccountPage, accountCheck, accountPage } from "./account.ts";
export { type CacheMarks, cacheMarks } from "./cache.ts";
export type { Dialect, DialectModel, ErrorRule } from "./dialect.ts";
export { ignored } from "./ignored.ts";
export { chatCheck, type ModelListOptions, modelList, modelsCheck, tokenPrices } from "./operations.ts";
export { chatCompletions } from "./protocol.ts";
export { type ChatRouteOptions, chatRoute, layer } from "./route.ts";
export { moonshotSchema, openaiStrict, schemaWithout } from "./schemas.ts";
