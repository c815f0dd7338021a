/** One connection over several, which asks the next one when one fails. */
export { type FallbackPolicy, fallback } from "./fallback.ts";
export type { FallbackTarget } from "./targets.ts";
