import { isObject, type JsonObject } from "@lumiverse/core";

/**
 * OpenRouter's `reasoning_details`: blocks that must go back whole, unchanged and in order. Streamed, they come in pieces that are joined
 * by type and index; a signature comes in a piece of its own and closes its block, so that several signed blocks of one turn stay apart.
 */
export class ReasoningDetails {
  /** Undefined until the field was seen: an empty list is a statement too (DeepSeek V4 wants it back). */
  list: JsonObject[] | undefined;
  readonly #open: Map<string, JsonObject> = new Map();

  add(items: readonly unknown[], whole: boolean): void {
    this.list ??= [];
    for (const item of items) {
      if (!isObject(item)) continue;
      const key = `${String(item["type"])}:${String(item["index"] ?? "")}`;
      const block = whole ? undefined : this.#open.get(key);
      if (block === undefined || another(block, item)) {
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

  /** The readable text of a delta's pieces, for answers without a plain reasoning field. */
  static text(items: readonly unknown[]): string {
    let text = "";
    for (const item of items) {
      if (!isObject(item)) continue;
      if (typeof item["text"] === "string") text += item["text"];
      else if (typeof item["summary"] === "string") text += item["summary"];
    }
    return text;
  }
}

function another(block: JsonObject, item: JsonObject): boolean {
  return typeof block["id"] === "string" && typeof item["id"] === "string" && block["id"] !== item["id"];
}

function copy(item: JsonObject): JsonObject {
  const fresh: JsonObject = {};
  for (const key of Object.keys(item)) if (key !== "__proto__") fresh[key] = item[key];
  return fresh;
}
