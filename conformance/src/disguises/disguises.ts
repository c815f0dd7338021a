/** All disguises. */
import { argumentTypes } from "./argument-types.ts";
import { chatCompletionsDisguises } from "./chat-completions.ts";
import type { Disguise } from "./disguise.ts";
import { earlyFinish } from "./early-finish.ts";
import { finishWords } from "./finish-words.ts";
import { framingForms } from "./framing-forms.ts";
import { generateContentDisguises } from "./generate-content.ts";
import { heartbeats } from "./heartbeats.ts";
import { listForms } from "./list-forms.ts";
import { messagesDisguises } from "./messages.ts";
import { numberPieces } from "./number-pieces.ts";
import { repeatedText } from "./repeated-text.ts";
import { responsesDisguises } from "./responses.ts";
import { lateUsage } from "./usage.ts";
import { zeroFields } from "./zero-fields.ts";

export const disguises: readonly Disguise[] = [
  ...heartbeats,
  ...framingForms,
  ...earlyFinish,
  ...finishWords,
  ...lateUsage,
  ...zeroFields,
  ...listForms,
  ...repeatedText,
  ...numberPieces,
  ...argumentTypes,
  ...messagesDisguises,
  ...generateContentDisguises,
  ...chatCompletionsDisguises,
  ...responsesDisguises,
];
