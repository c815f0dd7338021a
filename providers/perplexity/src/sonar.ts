/** Sonar's Chat Completions: https://docs.perplexity.ai/docs/legacy/sonar/models/sonar */
import { type Emit, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { errors } from "./errors.ts";

export const sonar: Dialect = {
  systemPlacement: "leading",
  alternation: "merge", // otherwise the vendor answers 400 `invalid_message`, its most reported error (api-discussion 265)
  streamOptions: false, // each chunk contains the usage so far
  files: "file_url", // bare base64, without `data:`
  strict: "omit",
  reasoning: { replay: "never" }, // <think> of a reasoning model comes at the start of the content, also before JSON
  outputExcludesReasoning: true, // deep research reports reasoning and citations apart; its total includes neither (fixtures/deep-research-usage)
  cost: { path: "cost.total_cost", currency: "USD" }, // it includes the fee per request, which token prices do not
  errors,
  extras,
  finishBody: dropImageDetail,
};

/** The request types of the vendor have no detail for images. */
function dropImageDetail({ body, notes }: { body: JsonObject; notes: Note[] }): void {
  let dropped = false;
  for (const message of Array.isArray(body["messages"]) ? body["messages"] : [])
    for (const part of isObject(message) && Array.isArray(message["content"]) ? message["content"] : []) {
      const image: unknown = isObject(part) ? part["image_url"] : undefined;
      if (!isObject(image) || image["detail"] === undefined) continue;
      delete image["detail"];
      dropped = true;
    }
  if (dropped) notes.push({ kind: "dropped", field: "messages", message: "The host has no detail for images, so it was dropped." });
}

/** Lists of an answer and their names in `details`. */
const DETAIL_LISTS = [
  ["images", "images"],
  ["related_questions", "relatedQuestions"],
  ["videos", "videos"],
] as const;

/** Every chunk repeats the whole lists, so only a list that has grown is emitted. Concise streams contain the steps of the search as reasoning. */
function extras({
  json,
  emit,
  memory,
  nextIndex,
}: {
  json: JsonObject;
  emit: Emit;
  memory: Record<string, unknown>;
  nextIndex: () => number;
}): void {
  for (const [field, name] of DETAIL_LISTS) {
    const list = json[field];
    if (!Array.isArray(list) || list.length === 0 || memory[field] === list.length) continue;
    memory[field] = list.length;
    emit({ type: "details", details: { [name]: list } });
  }
  if (json["object"] !== "chat.reasoning") return;
  const choice: unknown = Array.isArray(json["choices"]) ? json["choices"][0] : undefined;
  const delta = isObject(choice) && isObject(choice["delta"]) ? choice["delta"] : {};
  for (const step of Array.isArray(delta["reasoning_steps"]) ? delta["reasoning_steps"] : []) {
    const thought = isObject(step) ? step["thought"] : undefined;
    if (typeof thought !== "string" || thought === "") continue;
    memory["reasoning"] ??= nextIndex();
    emit({ type: "reasoning", index: Number(memory["reasoning"]), text: `${thought}\n` });
  }
}
