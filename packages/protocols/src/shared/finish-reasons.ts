import type { FinishReason } from "@lumiverse/core/provider";

/** Finish reasons of all four protocols, in lower case and without punctuation: gateways pass on the words of their upstreams. */
const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: "stop eos eostoken endturn stopsequence complete completed finished",
  length: "length maxtokens modellength maxoutputtokens maxcompletiontokens maxnewtokens",
  "tool-calls": "toolcalls toolcall tooluse functioncall",
  "content-filter":
    "contentfilter contentfiltered sensitive safety recitation blocklist prohibitedcontent spii language modelarmor guardrailintervened",
  refusal: "refusal",
  "context-overflow": "modelcontextwindowexceeded contextlengthexceeded",
  // Claude pauses after a summary, and Gemini's long-output model after a section.
  pause: "pauseturn compaction continuation",
  other: "other malformedfunctioncall unexpectedtoolcall toomanytoolcalls missingthoughtsignature malformedresponse noimage",
};

/** What a finish reason means. Undefined for an unknown word. */
export function finishReasonOf(raw: string): FinishReason | undefined {
  const word = raw
    .slice(0, 60)
    .toLowerCase()
    .replace(/^(?:finish_?reason|image)_|[^a-z]/g, "");
  for (const reason of Object.keys(WORDS) as FinishReason[]) if (WORDS[reason].split(" ").includes(word)) return reason;
  return undefined;
}

/** A finish reason. Undefined for what hosts write while the answer goes on: null, nothing, and the first value of Google's list. */
export function finishWord(value: unknown): string | undefined {
  return typeof value === "string" && !/^(?:null|none|finish_reason_unspecified)?$/i.test(value) ? value : undefined;
}
