/**
 * A protocol and a provider as another package would publish them. Each event is one JSON object; an unstreamed answer is one object with all fields.
 *
 *     data: {"id":"a1","model":"m"}      data: {"think":"hm"}       data: {"say":"hello"}      data: {"sign":"…"}
 *     data: {"call":"look","id":"c1"}    data: {"args":"{}"}        data: {"tokens":[3,5]}     data: {"stop":"end"}     data: [DONE]
 *     data: {"again":true}  the answer starts again       data: {"thought":"hm"}  the text so far was reasoning
 */

import { type Capabilities, type ErrorCode, type FinishReason, LumiverseError, type Note, type Provider } from "../../src/index.ts";
import {
  defineProvider,
  type Emit,
  endpoint,
  errorMessage,
  isObject,
  mergeParameters,
  type Protocol,
  type Reader,
  type Route,
  statusCode,
} from "../../src/provider.ts";

const FINISH: Readonly<Record<string, FinishReason>> = { end: "stop", calls: "tool-calls", full: "length", later: "pause" };

export const sampleProtocol: Protocol = {
  id: "talk",
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
  parseError: ({ failure: { status, json, text } }) => failure(status, json, text),
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
  const indexOf = (kind: "text" | "reasoning", emit: Emit): number => {
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    emit({ type: "part-start", index: next, kind });
    kinds.set(kind, next);
    return next++;
  };
  const read = (json: unknown, emit: Emit): void => {
    if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event is not an object" });
    if (isObject(json["error"])) throw failure(500, json, "");
    const { id, model, think, sign, say, args, tokens, thought } = json;
    if (json["again"] === true) {
      emit({ type: "reset" });
      kinds.clear();
      next = 0;
    }
    if (typeof thought === "string") {
      emit({ type: "replace", index: indexOf("text", emit), part: { type: "reasoning", text: thought } });
      kinds.delete("text");
    }
    if (typeof json["call"] === "string") {
      call = next++;
      emit({ type: "part-start", index: call, kind: "tool-call", id: String(id), name: json["call"] });
    } else if (typeof model === "string") emit({ type: "start", id: String(id), model });
    if (typeof think === "string") emit({ type: "reasoning", index: indexOf("reasoning", emit), text: think });
    if (typeof sign === "string") emit({ type: "part-end", index: indexOf("reasoning", emit), replay: { sign } });
    if (typeof say === "string") emit({ type: "text", index: indexOf("text", emit), text: say });
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
    unframedText(text, emit) {
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        // One line of a longer text, which is reported whole at the end.
        return emit({ type: "note", note: { kind: "unknown", message: `text outside of events: ${text}` } });
      }
      read(json, emit);
    },
    end(emit) {
      if (stop === undefined) throw new LumiverseError({ code: "truncated", message: "the answer stopped before its end" });
      emit({ type: "finish", reason: FINISH[stop] ?? "other", raw: stop });
    },
  };
}

export interface SampleSettings {
  tone?: string;
}
declare module "@lumiverse/core/providers" {
  interface Providers {
    sample: SampleSettings;
  }
}
export const sampleProvider: Provider<SampleSettings> = defineProvider<SampleSettings>({
  id: "sample",
  name: "Sample",
  docs: "https://docs.sample.example",
  version: "1.2.3",
  contract: 1,
  base: "https://api.sample.example/v1",
  origins: ["https://eu.sample.example"],
  credential: { kind: "api-key", required: true, env: "SAMPLE_API_KEY", page: "https://sample.example/keys" },
  route: ({ baseURL }) => ({ protocol: sampleProtocol, base: baseURL ?? new URL("https://api.sample.example/v1"), capabilities: {} }),
  operations: async () => ({
    check: {
      origin: "base",
      request: ({ base }) => ({ method: "GET", url: endpoint(base, "/me") }),
      parse: ({ status }) => (status === 200 ? { value: { key: "valid", usable: true } } : undefined),
    },
  }),
});

/** The sample provider with another route, or with other fields. */
export function sampleProviderWith(
  route: Partial<Route> & { capabilities?: Capabilities },
  more: Partial<Provider<SampleSettings>> = {},
): Provider<SampleSettings> {
  return { ...sampleProvider, ...more, route: (call) => ({ ...sampleProvider.route(call), ...route }) };
}
