import { type Call, type ChatRequest, type LumiverseError, ownValue, type Recovery, withDegradation } from "@lumiverse/core/provider";

/** Parameters that only tune the answer, so that a call keeps its meaning without them. */
const TUNING_PARAMETERS: Readonly<Record<string, keyof ChatRequest>> = {
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  min_p: "minP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  repetition_penalty: "repetitionPenalty",
  seed: "seed",
  max_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  reasoning_effort: "reasoning",
};

/**
 * For `recover` behind a LiteLLM proxy, whose 400 names the parameters that the model does not accept (BerriAI/litellm#9171). Repeats the call without them,
 * where all of them only tune the answer.
 */
export function dropUnsupportedParameters<S>(error: LumiverseError, call: Call<S>): Recovery<S> | undefined {
  if (error.status !== 400 || !/UnsupportedParamsError/.test(error.message) || call.degradations.has("unsupported-parameters"))
    return undefined;
  const named = /parameters: \[([^\]]*)\]/.exec(error.message)?.[1]?.match(/[\w.]+/g) ?? [];
  const request: ChatRequest = { ...call.request };
  for (const name of named) {
    const field = ownValue(TUNING_PARAMETERS, name);
    if (field === undefined || request[field] === undefined) return undefined;
    delete request[field];
  }
  if (named.length === 0) return undefined;
  return {
    call: withDegradation({ ...call, request }, "unsupported-parameters"),
    note: {
      kind: "recovered",
      field: named.join(", "),
      message: `The model behind the proxy does not accept ${named.join(", ")}. The call was repeated without these parameters.`,
    },
  };
}

/**
 * For `recover`: repeats the call once without its request for reasoning, which the model refused. Undefined when there is nothing left to drop.
 * `message` is the text of the note.
 */
export function dropReasoning<S>(call: Call<S>, message: string): Recovery<S> | undefined {
  if (call.request.reasoning === undefined || call.degradations.has("reasoning")) return undefined;
  const { reasoning: _, ...request } = call.request;
  return {
    call: withDegradation({ ...call, request }, "reasoning"),
    note: { kind: "recovered", field: "reasoning", message },
  };
}

/** The mark of calls whose output limit is sent as `max_completion_tokens`. */
export const MAX_COMPLETION_TOKENS = "max_completion_tokens";

/**
 * For `recover`: repeats a call whose host demands `max_completion_tokens` instead of `max_tokens`, as OpenAI's newer models do behind gateways. What it
 * learns is kept for later calls. `setting`: the provider's own setting for the name of the field, which the note then mentions. `alwaysLimits`: the
 * provider sends an output limit also where the request has none.
 */
export function renameOutputLimit<S>(
  error: LumiverseError,
  call: Call<S>,
  { setting, alwaysLimits = false }: { setting?: string; alwaysLimits?: boolean } = {},
): Recovery<S> | undefined {
  const demanded = /(?:use|requires?|max_tokens.{0,80}) ?[`'"]?max_completion_tokens/i.test(error.message);
  if (!demanded || (call.request.maxOutputTokens === undefined && !alwaysLimits)) return undefined;
  if ((error.status !== 400 && error.status !== 422) || call.degradations.has(MAX_COMPLETION_TOKENS)) return undefined;
  return {
    call: withDegradation(call, MAX_COMPLETION_TOKENS),
    remember: MAX_COMPLETION_TOKENS,
    note: {
      kind: "recovered",
      field: "maxOutputTokens",
      message: `The host accepts max_completion_tokens only.${setting === undefined ? "" : ` The setting ${setting}: "max_completion_tokens" avoids the first attempt.`}`,
    },
  };
}
