/** One connection over several, which asks the next one when one fails. */
export type { TargetCooldown } from "./cooldown.ts";
export { FAILURE_CLASSES, type FailureClass } from "./failure-classes.ts";
export { type FallbackPolicy, fallback } from "./fallback.ts";
export type { FallbackTarget } from "./targets.ts";
