/** All disguises. */
import { argumentTypes } from "./argument-types.ts";
import { chatCompletionsDisguises } from "./chat-completions.ts";
import type { Disguise } from "./disguise.ts";
import { earlyFinish } from "./early-finish.ts";
import { generateContentDisguises } from "./generate-content.ts";
import { heartbeats } from "./heartbeats.ts";
import { messagesDisguises } from "./messages.ts";
import { responsesDisguises } from "./responses.ts";
import { lateUsage } from "./usage.ts";
import { zeroFields } from "./zero-fields.ts";

export const disguises: readonly Disguise[] = [
  ...heartbeats,
  ...earlyFinish,
  ...lateUsage,
  ...zeroFields,
  ...argumentTypes,
  ...messagesDisguises,
  ...generateContentDisguises,
  ...chatCompletionsDisguises,
  ...responsesDisguises,
];
