/** Some hosts end a stream with a piece that is the whole text (RAGFlow). */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { copyOf, objectsIn } from "./stream-events.ts";

const PIECE: ByProtocol<(json: JsonObject) => [holder: JsonObject, field: string] | undefined> = {
  "chat-completions"(json) {
    const delta = objectsIn(json["choices"])[0]?.["delta"];
    return isObject(delta) && typeof delta["content"] === "string" && delta["content"] !== "" ? [delta, "content"] : undefined;
  },
  messages(json) {
    const delta = json["delta"];
    return isObject(delta) && delta["type"] === "text_delta" ? [delta, "text"] : undefined;
  },
  responses: (json) => (json["type"] === "response.output_text.delta" ? [json, "delta"] : undefined),
  "generate-content"(json) {
    const content = objectsIn(json["candidates"])[0]?.["content"];
    const [part, ...more] = objectsIn(isObject(content) ? content["parts"] : undefined);
    if (part === undefined || more.length > 0 || typeof part["text"] !== "string" || part["text"] === "") return undefined;
    return Object.keys(part).length === 1 ? [part, "text"] : undefined;
  },
};

/** The object and the field that hold the text of an event. Undefined for an event that is not only a piece of text. */
export function textPieceOf(json: JsonObject, protocol: string): [holder: JsonObject, field: string] | undefined {
  return PIECE[protocol]?.(json);
}

/** Fewer pieces, or a shorter text, can be the model's own repetition. A reader may join two pieces. */
const FEWEST_PIECES = 4;
const FEWEST_CHARACTERS = 40;

export const repeatedText: readonly Disguise[] = [
  {
    id: "text-repeated-at-the-end",
    title: "the last piece of text is followed by the whole text",
    apply(events, protocol) {
      const pieceOf = (json: JsonObject): ReturnType<typeof textPieceOf> => textPieceOf(json, protocol);
      const at = events.flatMap(({ json }, n) => (json === undefined || pieceOf(json) === undefined ? [] : [n]));
      const last = at.at(-1);
      // If the pieces belong to several texts, or other events come between them, the last one repeats nothing.
      if (last === undefined || at.length < FEWEST_PIECES || last - (at[0] ?? 0) !== at.length - 1) return undefined;
      const text = at.map((n) => textOf(pieceOf(events[n]?.json ?? {}))).join("");
      const json = copyOf(events[last]?.json);
      const piece = json === undefined ? undefined : pieceOf(json);
      // Reasoning and special tokens in the text do not belong to the answer.
      if (piece === undefined || text.length < FEWEST_CHARACTERS || /<think>|<\|/.test(text)) return undefined;
      piece[0][piece[1]] = text;
      return [...events.slice(0, last + 1), { ...events[last], json: json ?? {} }, ...events.slice(last + 1)];
    },
  },
];

function textOf(piece: [JsonObject, string] | undefined): string {
  return piece === undefined ? "" : String(piece[0][piece[1]]);
}
