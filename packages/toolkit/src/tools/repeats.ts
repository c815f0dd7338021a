import type { ToolCallPart } from "@lumiverse/core";
import { canonicalJson } from "../shared/canonical-json.ts";

/** Calls of one tool with the same arguments after which the result carries a hint. */
const HINT_AT = 3;
/** Calls of one tool with the same arguments after which the run stops. */
const STOP_AT = 5;

/** Counts equal calls over a run, invalid ones included, to end a loop that makes no progress. */
export class RepeatedCalls {
  readonly #counts: Map<string, number> = new Map();
  /** True once one call was made five times. */
  exhausted = false;

  /** Counts a call. Returns a hint for the model when it has become one too many. */
  add(call: ToolCallPart): string | undefined {
    const key = `${call.name} ${argumentsKey(call)}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count >= STOP_AT) this.exhausted = true;
    if (count < HINT_AT) return undefined;
    return `This exact call was made ${count} times. Use the results above, or call something else.`;
  }
}

/** Equal for equal arguments, whatever the order of their keys. */
function argumentsKey({ input, inputError, arguments: text }: ToolCallPart): string {
  if (inputError !== undefined) return text;
  try {
    return canonicalJson(input);
  } catch {
    // A transcript from elsewhere can hold arguments that are nested too deeply to be written again.
    return text;
  }
}
