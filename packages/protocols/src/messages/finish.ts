/** How an answer ends, in the neutral words. */
import type { FinishReason, Note } from "@lumiverse/core";

export const FINISH: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  // The answer paused so that the caller may look at the summary; it goes on when sent back.
  compaction: "pause",
  refusal: "refusal",
  model_context_window_exceeded: "context-overflow",
};

/** What a caller should know of this ending. */
export function finishNotes(reason: FinishReason, ownLimit: number | undefined, textLength: number): Note[] {
  if (reason === "length" && ownLimit !== undefined)
    return [
      {
        kind: "cut",
        field: "maxOutputTokens",
        message: `the answer was cut at ${ownLimit} tokens: the wire wants a limit and the request had none; set maxOutputTokens`,
      },
    ];
  if (reason === "refusal" && textLength > 0)
    return [{ kind: "warning", message: "the model stopped in a refusal; the vendor wants the text before it discarded" }];
  return [];
}
