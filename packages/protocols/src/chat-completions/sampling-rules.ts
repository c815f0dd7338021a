import type { Rule } from "@lumiverse/core/provider";

/** Facts about sampling that hold on most hosts of Chat Completions, and that change no answer on the others. */
export const samplingRules: readonly Rule[] = [
  {
    field: "topP",
    when: ({ topP }) => topP === 0,
    then: "clamp",
    range: [0.01, 1],
    // vLLM: "top_p must be in (0, 1]". DeepSeek: "the valid range of top_p is (0, 1.0]". OpenRouter documents (0, 1].
    because: "Hosts refuse a topP of 0. The model still chooses among the most probable tokens only.",
  },
];
