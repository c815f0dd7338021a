/** Which refused calls are repeated, and without what. */
import { type Call, type LumiverseError, type Recovery, withDegradation } from "@lumiverse/core/provider";
import type { MessagesHost } from "./host.ts";

/** Marks in `Call.degradations`: what a repeated call leaves out or changes. */
export const DEGRADATIONS = {
  /** The history was edited: the vendor is asked to drop thinking that no longer matches it. */
  dropMismatched: "thinking.mismatch",
  /** No thinking is sent back. */
  replay: "thinking.replay",
  effort: "effort",
  sampling: "sampling",
  topP: "topP",
} as const;

/** Refusals by models that are newer than the table of Claude models, recognised by the vendor's sentence. */
const REFUSALS: readonly { text: RegExp; mark: string; note: string }[] = [
  {
    text: /temperature.{0,20}top_p.*cannot both/i,
    mark: DEGRADATIONS.topP,
    note: "The model accepts temperature or top_p, not both. The call was repeated without top_p.",
  },
  {
    text: /(?:temperature|top_p|top_k)\b.*(?:deprecated|not supported|may only be set|unsupported)/i,
    mark: DEGRADATIONS.sampling,
    note: "The model accepts no sampling parameters. The call was repeated without them.",
  },
  {
    text: /effort.*not support|not support.*effort/i,
    mark: DEGRADATIONS.effort,
    note: "The model does not accept this effort. The call was repeated without it.",
  },
];

/** The call to repeat after a refusal, or undefined when repeating it would not help. */
export function recover<S>({ error, call, host }: { error: LumiverseError; call: Call<S>; host: MessagesHost }): Recovery<S> | undefined {
  if (error.code !== "invalid-request") return undefined;
  const { message } = error;
  if (/signature.{0,20}thinking|bound to a different conversation/i.test(message)) {
    const bound = host.traits?.(call.request.model)?.bound === true && host.betas !== "listed";
    // The vendor drops mismatched blocks only when every request asks for it, so the mark is kept for later calls.
    if (bound && !call.degradations.has(DEGRADATIONS.dropMismatched))
      return {
        ...repeat(
          call,
          DEGRADATIONS.dropMismatched,
          "The history was edited, so the vendor refused its thinking. The repeated call lets the vendor drop it.",
        ),
        remember: DEGRADATIONS.dropMismatched,
      };
    return repeatOnce(
      call,
      DEGRADATIONS.replay,
      "The vendor refused the thinking of the history, which belongs to another key or was edited. The call was repeated without it.",
    );
  }
  const refusal = REFUSALS.find(({ text }) => text.test(message));
  return refusal === undefined ? undefined : repeatOnce(call, refusal.mark, refusal.note);
}

function repeatOnce<S>(call: Call<S>, mark: string, note: string): Recovery<S> | undefined {
  return call.degradations.has(mark) ? undefined : repeat(call, mark, note);
}

function repeat<S>(call: Call<S>, mark: string, note: string): Recovery<S> {
  return { call: withDegradation(call, mark), note: { kind: "recovered", message: note } };
}
