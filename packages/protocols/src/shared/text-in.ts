import { isObject } from "@lumiverse/core/provider";

/** The field that has a piece of text, by the names that hosts give it. */
const FIELDS = ["text", "thinking", "summary", "content"] as const;
/** Deeper values are no text of an answer. */
const MOST_LEVELS = 6;

/** The text of a value that is text, an object with text, or a list of these. `""` when there is none. */
export function textIn(value: unknown, level: number = 0): string {
  if (typeof value === "string") return value;
  if (level > MOST_LEVELS) return "";
  if (Array.isArray(value)) return value.map((one) => textIn(one, level + 1)).join("");
  if (isObject(value))
    for (const field of FIELDS) {
      const text = textIn(value[field], level + 1);
      if (text !== "") return text;
    }
  return "";
}
