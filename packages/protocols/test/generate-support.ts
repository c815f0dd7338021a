import {
  type ChatRequest,
  type CheckedCall,
  createSse,
  type Emit,
  Fold,
  type Folded,
  type Message,
  type Protocol,
  type ReadEvent,
  type Reader,
  type Rendered,
  type ResolvedOutput,
  type ResolvedReasoning,
} from "@lumiverse/core";
import { facts } from "../src/families/gemini.ts";
import { parseError } from "../src/generate-content/errors.ts";
import { type GenerateContentHost, generateContent } from "../src/generate-content/index.ts";
import { meant } from "./meaning.ts";

export const host: GenerateContentHost = { resource: ({ request }) => `/models/${request.model}`, mixedTools: "flag" };
export const protocol: Protocol = generateContent(host);

export interface Given extends Partial<Omit<ChatRequest, "messages">> {
  messages?: readonly Message[];
  streaming?: boolean;
  reasoned?: ResolvedReasoning;
  outcome?: ResolvedOutput;
  without?: readonly string[];
}

/** A call as core hands it to a wire. */
export function callOf(given: Given = {}): CheckedCall {
  const { messages = [{ role: "user", content: "Hello" }], streaming = true, reasoned, outcome, without = [], ...rest } = given;
  const request: ChatRequest = { model: "gemini-3.5-flash", ...rest, messages };
  return {
    request,
    messages,
    settings: {},
    streaming,
    keyed: true,
    policy: { unsupported: "default", prefill: "error", replayScope: "own" },
    without: new Set(without),
    route: { protocol, base: new URL("https://gemini.example/v1beta"), takes: facts(request.model) },
    origin: originOf(request.model),
    ...(reasoned === undefined ? {} : { reasoning: reasoned }),
    ...(outcome === undefined ? {} : { output: outcome }),
  };
}
export function originOf(model: string): CheckedCall["origin"] {
  return { provider: "google", wire: "generate-content", model, scope: "vendor" };
}

export interface Answer {
  events: ReadEvent[];
  folded: Folded;
}

/** Reads chunks as the stream brings them: CRLF frames, cut into packets of `size` characters. */
export function readStream(chunks: readonly unknown[], call: CheckedCall = callOf(), size: number = 1_000_000, tail = ""): Answer {
  const text = chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\r\n\r\n`).join("") + tail;
  const { reader, emit, answer } = start(call);
  const sse = createSse(
    (message) => reader.message(message, emit),
    (line) => reader.stray(line, emit),
    1_000_000,
  );
  for (let at = 0; at < text.length; at += size) sse.feed(text.slice(at, at + Math.min(size, text.length)));
  sse.end();
  const stray = sse.stray();
  if (reader.phase !== "done" && stray !== "") reader.stray(stray, emit);
  reader.end(emit);
  return answer();
}

/** Reads a whole answer. */
export function readBody(json: unknown, call: CheckedCall = callOf({ streaming: false })): Answer {
  const { reader, emit, answer } = start(call);
  reader.body(json, emit);
  reader.end(emit);
  return answer();
}

function start(call: CheckedCall): { reader: Reader; emit: Emit; answer: () => Answer } {
  const rendered: Rendered = protocol.render(call);
  const reader = meant(protocol.reader(call, rendered), (failure) => parseError(failure, call));
  const fold = new Fold(call.origin);
  const events: ReadEvent[] = [];
  return {
    reader,
    emit: (event: ReadEvent): void => {
      events.push(event);
      fold.push(event);
    },
    answer: (): Answer => ({ events, folded: fold.folded() }),
  };
}

/** A chunk with these parts. */
export function chunk(parts: readonly unknown[], finishReason?: string, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    candidates: [{ content: { role: "model", parts }, ...(finishReason === undefined ? {} : { finishReason }), index: 0 }],
    modelVersion: "gemini-3.5-flash-test",
    responseId: "resp-seven",
    ...rest,
  };
}

export function bodyOf(given: Given = {}): { body: Record<string, unknown>; notes: Rendered["notes"]; url: string } {
  const { request, notes } = protocol.render(callOf(given));
  return { body: request.body ?? {}, notes, url: request.url.href };
}
