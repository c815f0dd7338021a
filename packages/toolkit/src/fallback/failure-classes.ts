import type { ErrorCode } from "@lumiverse/core";

/** What a failure of one target means for the call and for the target. */
export interface FailureClass {
  /** Another target is tried. */
  fallsBack: boolean;
  /** When the target rests: after this one failure, after several in a row, or never. */
  rests: "at once" | "after several" | "never";
}

const TARGET_DOWN: FailureClass = { fallsBack: true, rests: "after several" };
const TARGET_UNUSABLE: FailureClass = { fallsBack: true, rests: "at once" };
const WRONG_TARGET: FailureClass = { fallsBack: true, rests: "never" };
const CALLER: FailureClass = { fallsBack: false, rests: "never" };

/** Mistakes of the caller neither fall back nor let a target rest: every target would answer the same. */
export const FAILURE_CLASSES: Readonly<Record<ErrorCode, FailureClass>> = {
  "rate-limit": TARGET_UNUSABLE,
  overloaded: TARGET_DOWN,
  server: TARGET_DOWN,
  network: TARGET_DOWN,
  timeout: TARGET_DOWN,
  authentication: TARGET_UNUSABLE,
  permission: TARGET_UNUSABLE,
  "insufficient-balance": TARGET_UNUSABLE,
  truncated: TARGET_DOWN,
  "malformed-response": TARGET_DOWN,
  // The target cannot serve this request; it may serve the next.
  unsupported: WRONG_TARGET,
  "model-not-found": WRONG_TARGET,
  "not-found": WRONG_TARGET,
  "context-overflow": WRONG_TARGET,
  "invalid-generation": WRONG_TARGET,
  configuration: WRONG_TARGET,
  "content-filter": CALLER,
  "invalid-request": CALLER,
  aborted: CALLER,
};
