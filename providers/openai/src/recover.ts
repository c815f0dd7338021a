import { type Call, type LumiverseError, type Recovery, withDegradation } from "@lumiverse/core/provider";
import { renameOutputLimit } from "@lumiverse/protocols/chat-completions";
import type { OpenaiSettings } from "./settings.ts";

/** Features that the vendor refuses for some models, organizations or histories, and that a second request can omit. */
const OPTIONAL_FEATURES: readonly { pattern: RegExp; degradation: string; remember?: true; message: string }[] = [
  {
    pattern: /encrypted content (?:is )?not supported/i,
    degradation: "encrypted-reasoning",
    remember: true,
    message: "The model returns no encrypted reasoning. The call was repeated without requesting it.",
  },
  {
    pattern: /verified to (?:generate|use) reasoning summar|reasoning\.summary/i,
    degradation: "reasoning-summary",
    remember: true,
    message: "The organization is not verified for reasoning summaries. The call was repeated without one.",
  },
  {
    pattern:
      /encrypted[_ ]content .*(?:could not|can't|cannot|failed)|invalid_encrypted_content|without its required (?:following item|'reasoning' item)|items are not persisted/i,
    degradation: "replay",
    message: "The vendor refused reasoning items of the history. The call was repeated with text and tool calls only.",
  },
];

/** Repeats a refused call without the feature that the vendor's message names. */
export function recover({ error, call }: { error: LumiverseError; call: Call<OpenaiSettings> }): Recovery<OpenaiSettings> | undefined {
  const renamed = renameOutputLimit(error, call); // from hosts behind another base URL
  if (renamed !== undefined) return renamed;
  if (error.status !== 400 && error.status !== 404) return undefined;
  const text = `${error.vendorCode ?? ""} ${error.field ?? ""} ${error.message}`;
  const found = OPTIONAL_FEATURES.find(({ pattern, degradation }) => !call.degradations.has(degradation) && pattern.test(text));
  if (found === undefined) return undefined;
  const { degradation, message, remember } = found;
  return {
    call: withDegradation(call, degradation),
    note: { kind: "recovered", field: degradation, message },
    ...(remember === true ? { remember: degradation } : {}),
  };
}
