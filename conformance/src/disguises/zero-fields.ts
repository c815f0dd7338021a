/** Servers written in Go and similar languages send every field of their own type. Unused fields have empty values. */
import type { JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { copyOf, mapJson, objectsIn } from "./stream-events.ts";

/** Adds fields that are absent. */
function fill(target: unknown, zeros: JsonObject): void {
  if (typeof target !== "object" || target === null) return;
  for (const [key, value] of Object.entries(zeros)) if (!Object.hasOwn(target, key)) Object.assign(target, { [key]: copyOf(value) });
}

const FILL: ByProtocol<(json: JsonObject) => void> = {
  "chat-completions"(json) {
    for (const choice of objectsIn(json["choices"])) {
      if (choice["finish_reason"] === null || choice["finish_reason"] === undefined) choice["finish_reason"] = "";
      const delta = choice["delta"] as JsonObject | undefined; // present in every recorded chunk; `objectsIn` accepts undefined
      fill(delta, { content: "", refusal: "", audio: { id: "", data: "", transcript: "" }, function_call: { name: "", arguments: "" } });
      for (const call of objectsIn(delta?.["tool_calls"])) fill(call, { custom: { name: "", input: "" } });
    }
  },
  messages(json) {
    const zeros = { text: "", thinking: "", signature: "", partial_json: "" };
    if (json["type"] === "content_block_delta") fill(json["delta"], zeros);
    if (json["type"] === "content_block_start")
      fill(json["content_block"], { text: "", thinking: "", signature: "", id: "", name: "", input: null });
    if (json["type"] === "message_delta") fill(json["delta"], { stop_reason: "", stop_sequence: "" });
    fill(json, { error: { type: "", message: "" } });
  },
  responses(json) {
    fill(json, { delta: "", text: "", arguments: "", refusal: "", error: { code: "", message: "" } });
    fill(json["response"], { error: { code: "", message: "" }, incomplete_details: { reason: "" }, output_text: "" });
    const item = json["item"] as JsonObject | undefined; // absent in events that are not about an item
    if (item?.["type"] === "function_call" || item?.["type"] === "message")
      fill(item, { name: "", arguments: "", call_id: "", content: [], summary: [] });
  },
  "generate-content"(json) {
    fill(json, { error: { code: 0, message: "", status: "" }, promptFeedback: { blockReason: "" } });
    for (const candidate of objectsIn(json["candidates"])) {
      fill(candidate, { finishReason: "", finishMessage: "" });
      const content = candidate["content"] as JsonObject | undefined; // absent in chunks with a finish reason alone
      for (const part of objectsIn(content?.["parts"]))
        fill(part, {
          text: "",
          thought: false,
          thoughtSignature: "",
          functionCall: { id: "", name: "", args: {} },
          inlineData: { mimeType: "", data: "" },
        });
    }
  },
};

/** Blocks that a client must send back unchanged, so an added field changes the answer. */
const KEPT_WHOLE = /"type":"(?!text|thinking|tool_use)[a-z_]+","?|server_tool_use|"executableCode"|"toolCall"|"functionCall":\{\}/;

export const zeroFields: readonly Disguise[] = [
  {
    id: "zero-fields",
    title: "unused fields are filled with zeros and empty text",
    apply(events, protocol) {
      const change = FILL[protocol];
      if (change === undefined) return undefined;
      if (events.some(({ json }) => json?.["content_block"] !== undefined && KEPT_WHOLE.test(JSON.stringify(json["content_block"]))))
        return undefined;
      if (events.some(({ json }) => /"executableCode"|"toolCall"|"functionCall":\{\}/.test(JSON.stringify(json ?? {})))) return undefined;
      return mapJson(events, change);
    },
  },
];
