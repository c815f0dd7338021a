/** Finish reasons in the words of another protocol, as gateways pass them on. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { changeFields, type Field, objectsIn } from "./stream-events.ts";

/** The objects with a finish reason, its field, and the words of the other protocol. */
const REASONS: ByProtocol<{ in: (json: JsonObject) => unknown[]; field: string; words: Readonly<Record<string, string>> }> = {
  "chat-completions": {
    in: (json) => objectsIn(json["choices"]),
    field: "finish_reason",
    words: { stop: "end_turn", length: "MAX_TOKENS", tool_calls: "tool_use" },
  },
  messages: {
    in: (json) => [json["delta"]],
    field: "stop_reason",
    words: { end_turn: "stop", max_tokens: "length", tool_use: "tool_calls" },
  },
  responses: {
    in: (json) => [isObject(json["response"]) ? json["response"]["incomplete_details"] : undefined],
    field: "reason",
    words: { max_output_tokens: "length", content_filter: "safety" },
  },
  "generate-content": {
    in: (json) => objectsIn(json["candidates"]),
    field: "finishReason",
    words: { STOP: "stop", MAX_TOKENS: "length", SAFETY: "content_filter" },
  },
};

export const finishWords: readonly Disguise[] = [
  {
    id: "finish-reason-of-another-protocol",
    title: "the finish reason is the word of another protocol",
    apply(events, protocol) {
      const reasons = REASONS[protocol];
      if (reasons === undefined) return undefined;
      const fieldsOf = (json: JsonObject): Field[] =>
        reasons.in(json).flatMap((one): Field[] => (isObject(one) ? [[one, reasons.field]] : []));
      return changeFields(events, fieldsOf, (word) => reasons.words[String(word)]);
    },
  },
];
