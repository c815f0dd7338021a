import type { Call, ChatRequest, LumiverseError, Recovery } from "@lumiverse/core";

/** Fields that only tune: leaving one out keeps what the call means. */
const TUNING: Readonly<Record<string, keyof ChatRequest>> = {
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
 * For `recover` behind a LiteLLM proxy: its 400 names the parameters that the model behind it does not take (BerriAI/litellm#9171).
 * Once more without them, where all of them only tune.
 */
export function withoutParameters<S>(error: LumiverseError, call: Call<S>): Recovery<S> | undefined {
  if (error.status !== 400 || !/UnsupportedParamsError/.test(error.message) || call.without.has("unsupported-parameters")) return undefined;
  const named = /parameters: \[([^\]]*)\]/.exec(error.message)?.[1]?.match(/[\w.]+/g) ?? [];
  const request: ChatRequest = { ...call.request };
  for (const name of named) {
    const field = Object.hasOwn(TUNING, name) ? TUNING[name] : undefined;
    if (field === undefined || request[field] === undefined) return undefined;
    delete request[field];
  }
  if (named.length === 0) return undefined;
  return {
    call: { ...call, request, without: new Set([...call.without, "unsupported-parameters"]) },
    note: { kind: "recovered", field: named.join(", "), message: `the proxy's model takes no ${named.join(", ")}; asked again without` },
  };
}
