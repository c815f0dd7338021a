/** The check that text arrives as the model wrote it, whatever it says and wherever a host cuts it. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { textPieceOf } from "../disguises/repeated-text.ts";
import { copyOf, objectsIn, readStreamEvents, type StreamEvent, writeStreamEvents } from "../disguises/stream-events.ts";
import { exchangesFor, type Fixture } from "../fixture/fixture.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { describeEnd, play } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";

interface WrittenText {
  /** Describes the text. */
  what: string;
  pieces: readonly string[];
  /** Only a model that is known not to reason writes it. */
  withoutReasoning?: true;
}

const TEXTS: readonly WrittenText[] = [
  { what: "tags of reasoning in a block of code", pieces: ["Like this:\n\n```xml\n<think>\nplan\n</think>\n```\n", "\nThat is all."] },
  { what: "tags of reasoning in a code span", pieces: ["Write `<think>` before it ", "and `</think>` after it."] },
  { what: "an opening tag that is never closed", pieces: ["<think> opens a block", " that </thinking> does not close."] },
  { what: "a block of reasoning of a model that does not reason", pieces: ["<think>a</think>", "b"], withoutReasoning: true },
  { what: "a character that is cut in two", pieces: ["High tide \ud83c", "\udf0a at noon."] },
  { what: "a long run of blanks at its head", pieces: [...Array.from({ length: 2000 }, () => " \n".repeat(20)), "Noon."] },
];

/** Says which text a subject changes. Empty where the answer of the case has no piece of text that can be replaced. */
export async function writtenTextFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const exchanges = exchangesFor(fixture, "stream");
  const events = readStreamEvents(new TextDecoder().decode(exchanges.at(-1)?.body));
  const found: string[] = [];
  for (const { what, pieces, withoutReasoning } of TEXTS) {
    if (withoutReasoning === true && subject.claims(fixture).reasoning !== false) continue;
    const written = events === undefined ? undefined : withText(events, subject.protocol(fixture), pieces);
    if (written === undefined) return [];
    const body = new TextEncoder().encode(writeStreamEvents(written));
    const turn = (await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges, () => [body]) })).at(-1);
    // An answer that reached its limit can end inside a tag, so its text proves nothing.
    if (turn?.response !== undefined && turn.response.finishReason !== "stop") return [];
    if (turn !== undefined && turn.response?.text !== pieces.join(""))
      found.push(`${what} does not arrive as written: ${describeEnd(turn)}`);
  }
  return found;
}

/** The events with other text. Undefined if none of them is a piece of text and nothing else. */
function withText(events: readonly StreamEvent[], protocol: string, pieces: readonly string[]): StreamEvent[] | undefined {
  const isPiece = ({ json }: StreamEvent): boolean => json !== undefined && textPieceOf(json, protocol) !== undefined;
  const first = events.find(isPiece);
  if (first === undefined) return undefined;
  const saying = (event: StreamEvent, text: string): StreamEvent => {
    const json = copyOf(event.json ?? {});
    const piece = textPieceOf(json, protocol);
    if (piece !== undefined) piece[0][piece[1]] = text;
    return { ...event, json };
  };
  return events
    .filter((event) => !repeatsText(event))
    .flatMap((event) => {
      if (event === first) return pieces.map((text) => saying(event, text));
      // The last piece may have the finish reason.
      return isPiece(event) ? [saying(event, "")] : [withoutMessages(event)];
    });
}

/** True for an event of Responses that repeats a text as a whole. */
function repeatsText({ json }: StreamEvent): boolean {
  const item = json?.["item"];
  const isMessage = json?.["type"] === "response.output_item.done" && isObject(item) && item["type"] === "message";
  return isMessage || json?.["type"] === "response.output_text.done" || json?.["type"] === "response.content_part.done";
}

/** The terminal event of Responses repeats the messages. */
function withoutMessages(event: StreamEvent): StreamEvent {
  const response = event.json?.["response"];
  if (event.json === undefined || !isObject(response) || !Array.isArray(response["output"])) return event;
  const output: JsonObject[] = objectsIn(response["output"]).filter(({ type }) => type !== "message");
  return { ...event, json: { ...event.json, response: { ...response, output } } };
}
