/** An invented provider with a protocol of its own, similar to Chat Completions. The tests of the suite judge it as it is and broken on purpose. */
import {
  type Capability,
  type CapabilityValue,
  type CheckedCall,
  CONTRACT,
  type Emit,
  isObject,
  type JsonObject,
  LumiverseError,
  type Protocol,
  type Provider,
  type ReadEvent,
  type Reader,
  statusCode,
} from "@lumiverse/core/provider";
import { allCapabilities } from "../../src/fixture/schema.ts";

const CAN: Partial<Record<Capability, CapabilityValue>> = {
  streaming: true,
  tools: true,
  temperature: [0, 2],
  maxOutputTokens: true,
  models: true,
};
/** The newer name of the output limit, which some of its models demand. */
const NEW_LIMIT = "max_completion_tokens";
const capabilities = Object.fromEntries(allCapabilities.map((capability) => [capability, CAN[capability] ?? false]));

export const acmeProtocol: Protocol = {
  id: "chat-completions",
  render(call) {
    return { request: { method: "POST", url: new URL(`${call.route.base.href}/chat/completions`), body: bodyOf(call) }, notes: [] };
  },
  reader: () => createReader(),
  parseError({ failure: { status, json, text } }) {
    return (
      templateError(text, status) ??
      errorOf(json, status) ??
      new LumiverseError({
        code: statusCode(status),
        status,
        message: text.trimStart().startsWith("<") ? "a page came" : text.slice(0, 100),
      })
    );
  },
};

export const acme: Provider = {
  id: "acme",
  name: "Acme",
  docs: "https://docs.acme.test",
  version: "1.0.0",
  contract: CONTRACT,
  credential: { kind: "api-key", required: true, env: "ACME_API_KEY" },
  base: "https://api.acme.test/v1",
  route: (call) => ({ protocol: acmeProtocol, base: call.baseURL ?? new URL("https://api.acme.test/v1"), capabilities }),
  recover({ error, call }) {
    if (error.status !== 400 || !error.message.includes(NEW_LIMIT) || call.degradations.has(NEW_LIMIT)) return undefined;
    return {
      call: { ...call, degradations: new Set([...call.degradations, NEW_LIMIT]) },
      note: { kind: "recovered", field: "maxOutputTokens", message: "The limit was sent by its newer name." },
      remember: NEW_LIMIT,
    };
  },
  operations: async () => ({
    check: {
      origin: "base",
      request: ({ base }) => ({ method: "GET", url: new URL(`${base.href}/me`) }),
      parse({ status, json }) {
        if (status === 200)
          return isObject(json) && typeof json["name"] === "string" ? { value: { key: "valid", usable: true } } : undefined;
        return status === 401 ? { value: { key: "invalid", usable: false } } : undefined;
      },
    },
    models: {
      origin: "base",
      request: ({ base }) => ({ method: "GET", url: new URL(`${base.href}/models`) }),
      parse: ({ status, json }) =>
        status === 200 && isObject(json) && Array.isArray(json["data"])
          ? {
              value: json["data"].flatMap((entry) =>
                isObject(entry) && typeof entry["id"] === "string" ? [{ id: entry["id"], source: "live" }] : [],
              ),
            }
          : undefined,
    },
  }),
};

function bodyOf(call: CheckedCall): JsonObject {
  const { request, streaming } = call;
  const body: JsonObject = { model: request.model, messages: call.messages.flatMap(wireMessages) };
  if (request.tools !== undefined)
    body["tools"] = request.tools.map((tool) => {
      if (!("name" in tool)) return tool.hosted;
      const { name, description } = tool;
      const described = description === undefined ? {} : { description };
      return { type: "function", function: { name, ...described, parameters: plainSchema({ ...tool.parameters }) } };
    });
  if (request.toolChoice !== undefined) body["tool_choice"] = request.toolChoice;
  if (request.temperature !== undefined) body["temperature"] = request.temperature;
  if (request.maxOutputTokens !== undefined) body[call.degradations.has(NEW_LIMIT) ? NEW_LIMIT : "max_tokens"] = request.maxOutputTokens;
  if (streaming) body["stream"] = true;
  return { ...body, ...request.parameters };
}

const TYPES = ["object", "array", "string", "integer", "number", "boolean"];

/** Acme refuses what draft 2020-12 of JSON Schema does not allow. A property that it would refuse accepts anything. */
function plainSchema(given: JsonObject): JsonObject {
  const { $id: _, properties, ...rest } = given;
  if (!isObject(properties)) return { ...rest, type: "object" };
  const plain = Object.entries(properties).map(([name, one]) => {
    const isPlain = isObject(one) && TYPES.includes(String(one["type"])) && one["required"] !== true && one["exclusiveMinimum"] !== true;
    return [name, isPlain ? one : {}];
  });
  return { ...rest, properties: Object.fromEntries(plain), type: "object" };
}

function wireMessages(message: CheckedCall["messages"][number]): JsonObject[] {
  if (message.role === "tool")
    return message.content.map(({ id, content, isError = false }) => ({
      role: "tool",
      tool_call_id: id,
      content: isError && typeof content === "string" ? `Error: ${content}` : content,
    }));
  if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
  const text = message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const calls = message.content.flatMap((part) =>
    part.type === "tool-call" ? [{ id: part.id, type: "function", function: { name: part.name, arguments: part.arguments } }] : [],
  );
  return [{ role: message.role, content: text, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
}

function createReader(): Reader {
  let phase: Reader["phase"] = "open";
  let text: number | undefined;
  let next = 0;
  let reason: string | undefined;
  let finishedBesideContent = false;
  let hasUsage = false;
  /** The calls that began, by the index that the host gives them. A later call with the same index replaces an earlier one. */
  const calls = new Map<number, WireCall>();
  const callsById = new Map<string, WireCall>();
  const finish = (emit: Emit): void => {
    if (phase === "done") return;
    if (reason === undefined)
      throw new LumiverseError({ code: "truncated", message: "the answer stopped without its end", retryable: false });
    phase = "done";
    for (const entry of callsById.values()) begin(entry, emit);
    if (!hasUsage) emit({ type: "note", note: { kind: "warning", field: "usage", message: "The host sent no usage." } });
    // Some hosts write `stop` behind `tool_calls`, or a word of another protocol.
    const called = calls.size > 0 && reason !== "length";
    emit({ type: "finish", reason: called ? "tool-calls" : reason === "length" ? "length" : "stop", raw: reason });
  };
  const begin = (entry: WireCall, emit: Emit): void => {
    if (!entry.begun) emit({ type: "part-start", index: entry.index, kind: "tool-call", id: entry.id, name: entry.name });
    entry.begun = true;
  };
  const readCall = (call: JsonObject, i: number, emit: Emit): void => {
    const named = isObject(call["function"]) ? call["function"] : {};
    const at = typeof call["index"] === "number" ? call["index"] : i;
    const id = textOf(call["id"]) || undefined;
    const name = textOf(named["name"]);
    const known = (id === undefined ? undefined : callsById.get(id)) ?? calls.get(at);
    // Some hosts give every call the index 0, with or without ids, and others give every piece of a call an id.
    const isOther = known === undefined || isNewCall(known, id, name);
    const entry = isOther ? { index: next++, id: id ?? `call_${next}`, name, text: "", begun: false } : known;
    calls.set(at, entry);
    callsById.set(id ?? entry.id, entry);
    // Some hosts write a name in pieces, and others repeat it.
    if (!isOther && !entry.begun && name !== entry.name) entry.name += name;
    const given = named["arguments"];
    const piece = typeof given === "string" ? given : isObject(given) ? JSON.stringify(given) : "";
    // Some hosts repeat what they have sent.
    const rest = entry.text !== "" && piece.startsWith(entry.text) ? piece.slice(entry.text.length) : piece;
    entry.text += rest;
    if (rest === "") return;
    begin(entry, emit);
    emit({ type: "tool-call-delta", index: entry.index, text: rest });
  };
  const choice = (json: unknown, key: "delta" | "message", emit: Emit): void => {
    const error = errorOf(json, 0);
    if (error !== undefined) throw error;
    if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event is no object" });
    const usage = usageOf(json["usage"]);
    const first = listOf(json["choices"])[0];
    if (isObject(first)) {
      const delta = first[key];
      if (isObject(delta)) {
        if (typeof delta["content"] === "string" && delta["content"] !== "") {
          text ??= next++;
          emit({ type: "text", index: text, text: delta["content"] });
        }
        // Acme signs its texts and wants the signature back.
        if (typeof delta["signature"] === "string" && text !== undefined)
          emit({ type: "part-end", index: text, replay: { signature: delta["signature"] } });
        for (const [i, call] of listOf(delta["tool_calls"]).entries()) if (isObject(call)) readCall(call, i, emit);
      }
      // Content after a finish reason means that the answer continues.
      if (isObject(delta) && Object.keys(delta).length > 0) phase = "open";
      if (typeof first["finish_reason"] === "string" && first["finish_reason"] !== "") {
        reason = first["finish_reason"];
        phase = "finishing";
        finishedBesideContent = isObject(delta) && Object.keys(delta).length > 0;
      }
    }
    if (usage === undefined) return;
    hasUsage = true;
    emit(usage);
  };
  let started = false;
  return {
    get phase() {
      return phase;
    },
    get expects() {
      return phase === "finishing" && finishedBesideContent ? "content" : undefined;
    },
    message({ event, data }, emit) {
      const text = data.trim();
      if (/^"?\[DONE\]"?$/.test(text)) return finish(emit);
      // Heartbeats.
      if (text === "" || text === "ping" || text === "[KEEPALIVE]" || event === "heartbeat" || event === "ping") return;
      for (const json of valuesOf(text)) {
        if (!started && isObject(json)) {
          started = true;
          emit({
            type: "start",
            id: typeof json["id"] === "string" ? json["id"] : undefined,
            model: typeof json["model"] === "string" ? json["model"] : undefined,
          });
        }
        choice(json, "delta", emit);
      }
    },
    body(json, emit) {
      if (isObject(json))
        emit({
          type: "start",
          id: typeof json["id"] === "string" ? json["id"] : undefined,
          model: typeof json["model"] === "string" ? json["model"] : undefined,
        });
      choice(json, "message", emit);
    },
    unframedText(line, _emit) {
      try {
        const error = errorOf(JSON.parse(line), 0);
        if (error !== undefined) throw error;
      } catch (error) {
        if (error instanceof LumiverseError) throw error;
      }
    },
    end: finish,
  };
}

/** The values of one event. Some gateways write a list, or two objects in one line. */
function valuesOf(text: string): unknown[] {
  try {
    const pieces = isJson(text) ? [text] : text.split(/(?<=\})(?=\{")/);
    return pieces.flatMap((piece): unknown => JSON.parse(piece));
  } catch (cause) {
    throw new LumiverseError({ code: "malformed-response", message: "an event is no JSON", cause });
  }
}

interface WireCall {
  /** Part index. */
  index: number;
  id: string;
  name: string;
  /** The arguments so far. */
  text: string;
  /** Its beginning was emitted. */
  begun: boolean;
}

/** True for a piece that begins another call under the index or id of a known one. */
function isNewCall(known: WireCall, id: string | undefined, name: string): boolean {
  const isWhole = isJson(known.text);
  if (id === undefined) return isWhole && name !== "";
  return id !== known.id && (isWhole || (name !== "" && name !== known.name));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A list, which some gateways write as an object by index. */
function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function usageOf(usage: unknown): ReadEvent | undefined {
  if (!isObject(usage)) return undefined;
  const [input, output] = [countOf(usage["prompt_tokens"]), countOf(usage["completion_tokens"])];
  if (input === undefined || output === undefined) return undefined;
  return { type: "usage", usage: { input, output, completeness: "exact" } };
}

/** Some gateways write numbers as text. */
function countOf(value: unknown): number | undefined {
  const count = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** A model's chat template refuses the messages. Repeating the request would not help. */
function templateError(text: string, status: number): LumiverseError | undefined {
  if (!text.includes("Jinja Exception")) return undefined;
  return new LumiverseError({ code: "invalid-request", status, message: "the chat template refuses the messages", retryable: false });
}

function errorOf(json: unknown, status: number): LumiverseError | undefined {
  const envelope = isObject(json) ? json["base_resp"] : undefined;
  if (isObject(envelope) && envelope["status_code"] === 1004)
    return new LumiverseError({ code: "authentication", message: String(envelope["status_msg"]) });
  // A gateway's own failure.
  if (isObject(json) && typeof json["code"] === "number" && typeof json["message"] === "string")
    return new LumiverseError({ code: statusCode(json["code"]), message: json["message"] });
  const error = isObject(json) ? json["error"] : undefined;
  if (!isObject(error)) return undefined;
  return new LumiverseError({
    code: status === 0 ? "server" : statusCode(status),
    message: typeof error["message"] === "string" ? error["message"] : "no reason was given",
    ...(status === 0 ? {} : { status }),
  });
}
