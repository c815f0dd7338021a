/** What a connection can be asked beside chatting. `connect` loads it with the first question. */
export { explain } from "./explain.ts";
export { account, check, countTokens, models, probe } from "./operations.ts";
export { supportsOn } from "./supports.ts";
