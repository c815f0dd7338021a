/** "Once more without X", by what the vendor says in its refusal. Pure; the exchange makes it once, inside its budget, with the note. */
import type { Call, LumiverseError, Recovery } from "@lumiverse/core";
import type { MessagesHost } from "./host.ts";
import { WITHOUT } from "./thinking.ts";

const ROWS: readonly { text: RegExp; without: string; note: string }[] = [
  // Models newer than the table, by the vendor's own words.
  {
    text: /temperature.{0,20}top_p.*cannot both/i,
    without: WITHOUT.topP,
    note: "the model takes temperature or top_p, not both: sent once more without top_p",
  },
  {
    text: /(?:temperature|top_p|top_k)\b.*(?:deprecated|not supported|may only be set|unsupported)/i,
    without: WITHOUT.sampling,
    note: "the model takes no sampling parameters: sent once more without them",
  },
  {
    text: /effort.*not support|not support.*effort/i,
    without: WITHOUT.effort,
    note: "the model does not take this effort: sent once more without it",
  },
];

export function recover<S>(error: LumiverseError, call: Call<S>, host: MessagesHost): Recovery<S> | undefined {
  if (error.code !== "invalid-request") return undefined;
  const { message } = error;
  const without = (mark: string, note: string, remember = false): Recovery<S> | undefined =>
    call.without.has(mark)
      ? undefined
      : {
          call: { ...call, without: new Set([...call.without, mark]) },
          note: { kind: "recovered", message: note },
          ...(remember ? { remember: mark } : {}),
        };
  if (/signature.{0,20}thinking|bound to a different conversation/i.test(message)) {
    // Newer models drop what no longer fits, if told; and must be told again on every later request.
    const bound = host.traits?.(call.request.model)?.bound === true && host.betas !== "never" && !call.without.has(WITHOUT.mismatch);
    return bound
      ? without(WITHOUT.mismatch, "the history was edited: sent once more with leave to drop the thinking that no longer fits it", true)
      : without(
          WITHOUT.replay,
          "the vendor refused the thinking in the history (another key or an edited text): sent once more without it",
        );
  }
  const row = ROWS.find(({ text }) => text.test(message));
  return row === undefined ? undefined : without(row.without, row.note);
}
