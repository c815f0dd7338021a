import {
  type BuiltResponse,
  type Call,
  type ChatRequest,
  type CheckedCall,
  createSse,
  type Note,
  type ReadEvent,
  type Rendered,
  ResponseBuilder,
} from "@lumiverse/core/provider";
import { readFailure } from "../src/chat-completions/errors.ts";
import { chatCompletions, type Dialect } from "../src/chat-completions/index.ts";
import * as schemaCompiler from "../src/schema/compiler.ts";
import { meant } from "./meaning.ts";

/** What a provider says of itself. */
export const acme = {
  id: "acme",
  name: "Acme",
  docs: "https://docs.acme.test",
  version: "1.0.0",
  base: "https://api.acme.test/v1",
  env: "ACME_API_KEY",
};

const origin = { provider: "acme", protocol: "chat-completions", model: "m-1", scope: "vendor" };

/** A call as core hands it to a protocol, with what a test sets. */
export function callOf(given: Partial<ChatRequest> = {}, more: Partial<CheckedCall> = {}): CheckedCall {
  const request: ChatRequest = { model: "m-1", messages: [{ role: "user", content: "Hello" }], ...given };
  return {
    request,
    settings: {},
    streaming: false,
    hasKey: true,
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(),
    route: { protocol: chatCompletions({}), base: new URL("https://api.acme.test/v1"), capabilities: {} },
    origin,
    messages: request.messages,
    schemaCompiler,
    ...more,
  };
}

/** A call as core hands it to a provider's route. */
export function routeCallOf<S>(given: Partial<ChatRequest> = {}, more: Partial<Call<S>> = {}): Call<S> {
  const { messages, streaming, hasKey, policy, degradations } = callOf();
  return { request: { model: "m-1", messages, ...given }, settings: {}, streaming, hasKey, policy, degradations, ...more };
}

export function render(
  dialect: Dialect,
  given: Partial<ChatRequest> = {},
  more: Partial<CheckedCall> = {},
): Rendered & { body: Record<string, unknown> } {
  const rendered = chatCompletions(dialect).render(callOf(given, more));
  return { ...rendered, body: rendered.request.body ?? {} };
}

export interface Answer extends BuiltResponse {
  events: ReadEvent[];
}

/** Frames as a stream, cut into packets of `size` characters. A string frame goes as it is. */
export function stream(
  dialect: Dialect,
  frames: readonly (object | string)[],
  options: { call?: CheckedCall; size?: number; end?: string; seen?: (event: ReadEvent) => void } = {},
): Answer {
  const text =
    frames.map((frame) => (typeof frame === "string" ? frame : `data: ${JSON.stringify(frame)}\n\n`)).join("") +
    (options.end ?? "data: [DONE]\n\n");
  return collect(dialect, options.call, (reader, forward) => {
    const emit: typeof forward = (event) => {
      options.seen?.(event);
      forward(event);
    };
    const sse = createSse(
      (message) => reader.message(message, emit),
      (line) => reader.unframedText(line, emit),
      1 << 20,
    );
    const size = options.size ?? text.length;
    for (let at = 0; at < text.length; at += size) sse.feed(text.slice(at, at + size));
    sse.end();
    if (reader.phase !== "done") reader.unframedText(sse.unframedText(), emit);
    reader.end(emit);
  });
}

export function body(dialect: Dialect, json: unknown, call?: CheckedCall): Answer {
  return collect(dialect, call, (reader, emit) => reader.body(json, emit));
}

function collect(
  dialect: Dialect,
  given: CheckedCall | undefined,
  run: (reader: ReturnType<ReturnType<typeof chatCompletions>["reader"]>, emit: (event: ReadEvent) => void) => void,
): Answer {
  const call = given ?? callOf();
  const protocol = chatCompletions(dialect);
  const builder = new ResponseBuilder(origin);
  const events: ReadEvent[] = [];
  const emit = (event: ReadEvent): void => {
    events.push(event);
    builder.push(event);
  };
  run(
    meant(protocol.reader({ call, rendered: protocol.render(call) }), (failure) => readFailure(failure, dialect)),
    emit,
  );
  return { ...builder.build(), events };
}

/** A chunk with one delta. */
export function delta(fields: object, more: object = {}): object {
  return { id: "answer-1", model: "m-1-large", choices: [{ index: 0, delta: fields, ...more }] };
}

export function kinds(notes: readonly Note[]): string[] {
  return notes.map((note) => `${note.kind} ${note.field ?? ""}`.trim());
}

/** The error that a run throws. */
export function thrown(run: () => unknown): { code: string; message: string; [key: string]: unknown } {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string; [key: string]: unknown };
  }
  throw new Error("nothing was thrown");
}
