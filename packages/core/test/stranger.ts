/**
 * A wire and a provider as a stranger would publish them, whole: one JSON object an event, and the same object, filled, where nothing streams.
 *
 *     data: {"id":"a1","model":"m"}      data: {"think":"hm"}       data: {"say":"hello"}      data: {"sign":"…"}
 *     data: {"call":"look","id":"c1"}    data: {"args":"{}"}        data: {"tokens":[3,5]}     data: {"stop":"end"}     data: [DONE]
 */

import { errorMessage, statusCode } from "../src/for-wires.ts";
import {
  type CheckedCall,
  defineProvider,
  type Emit,
  type ErrorCode,
  endpoint,
  type Facts,
  type FinishReason,
  isObject,
  LumiverseError,
  mergeParameters,
  type Note,
  type Protocol,
  type Provider,
  type Reader,
  type Route,
} from "../src/index.ts";

const FINISH: Readonly<Record<string, FinishReason>> = { end: "stop", calls: "tool-calls", full: "length", later: "pause" };

export const talk: Protocol = {
  id: "talk",
  framing: "sse",
  render(call) {
    const { model, temperature, prefill, tools, parameters } = call.request;
    const notes: Note[] = [];
    const body: Record<string, unknown> = { model, messages: call.messages };
    if (call.streaming) body["stream"] = true;
    if (temperature !== undefined) body["temperature"] = temperature;
    if (tools !== undefined) body["tools"] = tools;
    if (prefill !== undefined) body["prefill"] = prefill;
    if (call.reasoning !== undefined) body["reasoning"] = call.reasoning;
    if (call.output !== undefined) body["output"] = call.output.strategy;
    mergeParameters(body, parameters, notes);
    return { request: { method: "POST", url: endpoint(call.route.base, "/talk"), body }, notes };
  },
  reader: () => createReader(),
  parseError: ({ status, json, text }) => failure(status, json, text),
};

function failure(status: number, json: unknown, text: string): LumiverseError {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : {};
  const word = typeof error["code"] === "string" ? error["code"] : undefined;
  return new LumiverseError({
    code: CODES[word ?? ""] ?? statusCode(status),
    message: errorMessage(json) ?? text.trim().slice(0, 200),
    status,
    ...(word === undefined ? {} : { vendorCode: word }),
  });
}
const CODES: Readonly<Record<string, ErrorCode>> = { busy: "overloaded", "no-schema": "invalid-request", "bad-key": "authentication" };

function createReader(): Reader {
  let phase: Reader["phase"] = "open";
  let stop: string | undefined;
  let next = 0;
  let call: number | undefined;
  const kinds = new Map<string, number>();
  const place = (kind: "text" | "reasoning", emit: Emit): number => {
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    emit({ type: "part-start", index: next, kind });
    kinds.set(kind, next);
    return next++;
  };
  const read = (json: unknown, emit: Emit): void => {
    if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event that is no object" });
    if (isObject(json["error"])) throw failure(500, json, "");
    const { id, model, think, sign, say, args, tokens } = json;
    if (typeof json["call"] === "string") {
      call = next++;
      emit({ type: "part-start", index: call, kind: "tool-call", id: String(id), name: json["call"] });
    } else if (typeof model === "string") emit({ type: "start", id: String(id), model });
    if (typeof think === "string") emit({ type: "reasoning", index: place("reasoning", emit), text: think });
    if (typeof sign === "string") emit({ type: "part-end", index: place("reasoning", emit), replay: { sign } });
    if (typeof say === "string") emit({ type: "text", index: place("text", emit), text: say });
    if (typeof args === "string" && call !== undefined) emit({ type: "tool-call-delta", index: call, text: args });
    if (Array.isArray(tokens))
      emit({ type: "usage", usage: { input: Number(tokens[0]), output: Number(tokens[1]), completeness: "exact" } });
    if (typeof json["stop"] !== "string") return;
    stop = json["stop"];
    phase = "finishing";
  };
  return {
    get phase() {
      return phase;
    },
    message({ data }, emit) {
      if (data === "[DONE]") phase = "done";
      else read(JSON.parse(data), emit);
    },
    body: read,
    stray(text, emit) {
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        // A line of something longer: the whole comes again at the end.
        return emit({ type: "note", note: { kind: "unknown", message: `stray text: ${text}` } });
      }
      read(json, emit);
    },
    end(emit) {
      if (stop === undefined) throw new LumiverseError({ code: "truncated", message: "the answer stopped before its end" });
      emit({ type: "finish", reason: FINISH[stop] ?? "other", raw: stop });
    },
  };
}

/** The provider: data, and one pure function. */
export interface StrangerSettings {
  tone?: string;
}
export const stranger: Provider<StrangerSettings> = defineProvider<StrangerSettings>({
  id: "stranger",
  name: "Stranger",
  docs: "https://docs.stranger.example",
  version: "1.2.3",
  base: "https://api.stranger.example/v1",
  origins: ["https://eu.stranger.example"],
  credential: { kind: "api-key", required: true, env: "STRANGER_API_KEY", page: "https://stranger.example/keys" },
  route: ({ baseURL }) => ({ protocol: talk, base: baseURL ?? new URL("https://api.stranger.example/v1"), takes: {} }),
  operations: {
    check: {
      origin: "base",
      request: ({ base }) => ({ method: "GET", url: endpoint(base, "/me") }),
      parse: ({ status }) => (status === 200 ? { value: { key: "valid", usable: true } } : undefined),
    },
  },
});

/** The same with other facts, or another route. */
export function strangerWith(
  route: Partial<Route> & { takes?: Facts },
  more: Partial<Provider<StrangerSettings>> = {},
): Provider<StrangerSettings> {
  return { ...stranger, ...more, route: (call) => ({ ...stranger.route(call), ...route }) };
}
export type { CheckedCall };
