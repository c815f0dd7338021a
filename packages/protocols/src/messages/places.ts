/** A body cut into the blocks that the vendor's cache counts, in the order of its prefix: tools, system, messages. */
import { isObject, type JsonObject } from "@lumiverse/core";

export interface Place {
  /** Where in the body: `tools[2]`, `system[0]`, `messages[4].content[1]`. */
  at: string;
  section: "tools" | "system" | "messages";
  block: JsonObject;
  /** Of messages: who speaks, and the number of the turn. */
  role?: string;
  turn?: number;
  /** Puts another block in this one's place. */
  replace: (block: JsonObject) => void;
}

/** Strings where lists of blocks may stand (raw `parameters`) become lists, so that every block has a place. */
export function placesOf(body: JsonObject): Place[] {
  const places: Place[] = [];
  const walk = (list: unknown, at: string, section: Place["section"], more: Partial<Place>): void => {
    if (!Array.isArray(list)) return;
    for (let i = 0; i < list.length; i++) {
      const block: unknown = list[i];
      if (!isObject(block)) continue;
      const place: Place = {
        ...more,
        at: `${at}[${i}]`,
        section,
        block,
        replace(next) {
          list[i] = next;
          place.block = next;
        },
      };
      places.push(place);
    }
  };
  walk(body["tools"], "tools", "tools", {});
  if (typeof body["system"] === "string") body["system"] = [{ type: "text", text: body["system"] }];
  walk(body["system"], "system", "system", {});
  const messages: readonly unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  messages.forEach((message, turn) => {
    if (!isObject(message)) return;
    if (typeof message["content"] === "string") message["content"] = [{ type: "text", text: message["content"] }];
    walk(message["content"], `messages[${turn}].content`, "messages", { role: String(message["role"]), turn });
  });
  return places;
}

/** The block as text, without cache marks: what has to stay byte-identical. */
export function blockText(place: Place): string {
  return (
    (place.role === undefined ? "" : `${place.role} `) +
    JSON.stringify(place.block, (key, value: unknown) => (key === "cache_control" ? undefined : value))
  );
}

/** Tokens by rule of thumb; nothing but the vendor's own count is exact. */
export function estimateTokens(place: Place): number {
  let media = 0;
  const text = JSON.stringify(place.block, (key, value: unknown) => {
    if (key === "cache_control" || key === "signature") return undefined;
    if (
      isObject(value) &&
      isObject(value["source"]) &&
      value["source"]["type"] !== "text" &&
      (value["type"] === "image" || value["type"] === "document")
    ) {
      media += mediaTokens(value["type"], value["source"]);
      return undefined;
    }
    return value;
  });
  if (text === undefined) return media;
  // English runs at about four letters a token, JSON and most else shorter; beyond Latin about one letter.
  let foreign = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x2ff) foreign++;
  return media + Math.ceil((text.length - foreign) / 3.8 + foreign);
}
function mediaTokens(kind: unknown, source: JsonObject): number {
  const data = source["data"];
  // An image costs by its size in pixels, unknown here; a page of PDF about 2,000, and is seldom under 50 kB.
  return kind === "image" ? 1500 : Math.max(2000, typeof data === "string" ? Math.round(data.length / 68_000) * 2000 : 0);
}
