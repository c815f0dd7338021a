import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";

/**
 * OpenRouter's `reasoning_details`: blocks that must go back whole, unchanged and in order. In a stream they come in pieces, which are joined by type and
 * index. A signature comes in a piece of its own and closes its block, so that several signed blocks of one turn stay separate.
 * https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
 */
export class ReasoningDetails {
  /** Undefined until the field has come. An empty list goes back too, because DeepSeek V4 requires it. */
  list: JsonObject[] | undefined;
  readonly #open: Map<string, JsonObject> = new Map();

  add(items: readonly unknown[], whole: boolean): void {
    this.list ??= [];
    for (const item of items) {
      if (!isObject(item)) continue;
      const key = JSON.stringify([item["type"], item["index"] ?? ""]);
      const block = whole ? undefined : this.#open.get(key);
      if (block === undefined || isOtherBlock(block, item)) {
        const fresh = copy(item);
        this.list.push(fresh);
        if (fresh["signature"] === undefined || fresh["signature"] === null) this.#open.set(key, fresh);
        else this.#open.delete(key);
        continue;
      }
      for (const field of Object.keys(item)) {
        const value = item[field];
        if (value === null || value === undefined || field === "__proto__") continue;
        const present = block[field];
        if ((field === "text" || field === "summary" || field === "data") && typeof value === "string")
          block[field] = typeof present === "string" ? present + value : value;
        else if (present === undefined || present === null) block[field] = value;
      }
      if (typeof block["signature"] === "string") this.#open.delete(key);
    }
  }
}

function isOtherBlock(block: JsonObject, item: JsonObject): boolean {
  return typeof block["id"] === "string" && typeof item["id"] === "string" && block["id"] !== item["id"];
}

function copy(item: JsonObject): JsonObject {
  const fresh: JsonObject = {};
  for (const key of Object.keys(item)) if (key !== "__proto__") fresh[key] = item[key];
  return fresh;
}

/**
 * The blocks to send back. Two kinds are left out, because upstreams refuse them: the same block twice ("Duplicate item found with id rs_…"), and text
 * without a signature in a format that signs ("Invalid signature in thinking block").
 */
export function replayableDetails(details: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return details.filter((block) => {
    if (!isObject(block)) return false;
    const { type, format, signature, text, summary, id, data } = block;
    const signed = format === "anthropic-claude-v1" || format === "google-gemini-v1";
    if (type === "reasoning.text" && signed && typeof signature !== "string") return false;
    const identity = type === "reasoning.summary" ? summary : type === "reasoning.encrypted" ? (id ?? data) : (signature ?? text);
    if (typeof identity !== "string" || identity === "") return true;
    const key = `${wordOf(type)} ${identity}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
