import {
  type BuiltResponse,
  type CheckedCall,
  type CheckedRequest,
  createSse,
  type Emit,
  type Message,
  type Protocol,
  type ReadEvent,
  type Reader,
  type Rendered,
  type ResolvedOutput,
  type ResolvedReasoning,
  ResponseBuilder,
} from "@lumiverse/core/provider";
import { capabilitiesOf } from "../src/families/gemini.ts";
import { type GenerateContentHost, generateContent } from "../src/generate-content/index.ts";
import * as schemaCompiler from "../src/schema/compiler.ts";
import { meant } from "./meaning.ts";

export const host: GenerateContentHost = { resource: ({ request }) => `/models/${request.model}`, serverToolsFlag: "send" };
export const protocol: Protocol = generateContent(host);

export interface Given extends Partial<CheckedRequest> {
  messages?: readonly Message[];
  streaming?: boolean;
  reasoned?: ResolvedReasoning;
  outcome?: ResolvedOutput;
  degradations?: readonly string[];
}

/** A call as core passes it to a protocol. */
export function callOf(given: Given = {}): CheckedCall {
  const { messages = [{ role: "user", content: "Hello" }], streaming = true, reasoned, outcome, degradations = [], ...rest } = given;
  const request: CheckedRequest = { model: "gemini-3.5-flash", ...rest };
  return {
    request,
    messages,
    settings: {},
    streaming,
    hasKey: true,
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(degradations),
    route: { protocol, base: new URL("https://gemini.example/v1beta"), capabilities: capabilitiesOf(request.model) },
    origin: originOf(request.model),
    schemaCompiler,
    ...(reasoned === undefined ? {} : { reasoning: reasoned }),
    ...(outcome === undefined ? {} : { output: outcome }),
  };
}
export function originOf(model: string): CheckedCall["origin"] {
  return { provider: "google", protocol: "generate-content", model, scope: "vendor" };
}

export interface Answer {
  events: ReadEvent[];
  response: BuiltResponse;
}

/** Reads chunks as a stream of events with CRLF line ends, in packets of `size` characters. */
export function readStream(chunks: readonly unknown[], call: CheckedCall = callOf(), size: number = 1_000_000, tail = ""): Answer {
  const text = chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\r\n\r\n`).join("") + tail;
  const { reader, emit, answer } = start(call);
  const sse = createSse(
    (message) => reader.message(message, emit),
    (line) => reader.unframedText(line, emit),
    1_000_000,
  );
  for (let at = 0; at < text.length; at += size) sse.feed(text.slice(at, at + Math.min(size, text.length)));
  sse.end();
  const unframed = sse.unframedText();
  if (reader.phase !== "done" && unframed !== "") reader.unframedText(unframed, emit);
  reader.end(emit);
  return answer();
}

/** Reads an unstreamed answer. */
export function readBody(json: unknown, call: CheckedCall = callOf({ streaming: false })): Answer {
  const { reader, emit, answer } = start(call);
  reader.body(json, emit);
  reader.end(emit);
  return answer();
}

function start(call: CheckedCall): { reader: Reader; emit: Emit; answer: () => Answer } {
  const rendered: Rendered = protocol.render(call);
  const reader = meant(protocol.reader({ call, rendered }), (failure) => protocol.parseError({ failure, call }));
  const builder = new ResponseBuilder(call.origin);
  const events: ReadEvent[] = [];
  return {
    reader,
    emit: (event: ReadEvent): void => {
      events.push(event);
      builder.push(event);
    },
    answer: (): Answer => ({ events, response: builder.build() }),
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
