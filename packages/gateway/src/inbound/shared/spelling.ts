/** The spelling of a client's request: a template of its body, and where the protocol has the fields of the neutral request. */
import {
  type ChatRequest,
  type JsonObject,
  LumiverseError,
  type Message,
  type Note,
  type Part,
  type RequestSpelling,
  type SpelledCall,
} from "@lumiverse/core";
import { isObject, type TranslationTarget } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../protocol.ts";
import { hasBreakpoints, withBreakpoints } from "./breakpoints.ts";
import { askToGoOn } from "./continuation.ts";
import { translateServerTools } from "./server-tools.ts";
import { fill, holdsReference, OptionalItem, ref } from "./template.ts";

/** Fields of the neutral request that a body spells. */
export type SpelledField = Exclude<
  keyof ChatRequest,
  "model" | "parameters" | "providerOptions" | "spelling" | "vendorFields" | "signal" | "timeouts" | "headers" | "prefill" | "cache"
>;

export interface SpellingOptions {
  protocol: InboundProtocolId;
  headers?: Readonly<Record<string, string>>;
  /** The body with references in the place of values. */
  template: JsonObject;
  /** The request as it was parsed. */
  parsed: ChatRequest;
  stream: boolean;
  /** The fields of the body that spell a field of the neutral request. */
  bodyFields: { readonly [F in SpelledField]?: readonly string[] };
  /** Neutral fields whose value the template refers to. A change of another field replaces its fields in the body by those of the provider's rendering. */
  referenced: ReadonlySet<SpelledField>;
  /** Fields that a host of the protocol requires and its clients need not know. */
  required?: readonly string[];
  /** Raw fields and kinds of parts that stand for messages which a vendor of the protocol stores, each with what to send instead. Without them, a request means something else. */
  stored?: Readonly<Record<string, string>>;
  /** The addresses of files that only a vendor of the protocol can read. */
  storedFiles?: RegExp;
  /** Another protocol of the same vendor, whose requests can name these files too. */
  filesReadBy?: InboundProtocolId;
  /** Paths of fields without a neutral name inside of fields that have one. */
  untranslatedFields?: readonly string[];
  /** Takes out of the spelled call what its host is known to refuse. */
  fit?: (call: SpelledCall) => void;
  /** For a vendor of another protocol: what only the client's protocol has, in the neutral form. */
  convert?: (request: ChatRequest, notes: Note[]) => ChatRequest;
}

export function createSpelling(options: SpellingOptions): RequestSpelling {
  const { protocol, headers = {} } = options;
  return {
    protocol,
    translate(request, notes, target) {
      refuseStored(options, request, target.protocol);
      return translate(options, options.convert?.(request, notes) ?? request, target, notes);
    },
    respell(call) {
      const { http } = call;
      http.body = spell(options, call);
      options.fit?.(call);
      for (const [name, value] of Object.entries(headers)) http.headers = { ...http.headers, [name]: joined(http.headers?.[name], value) };
    },
  };
}

/** A header that lists words, with those of both. */
function joined(present: string | undefined, added: string): string {
  const words = [...(present ?? "").split(","), ...added.split(",")].map((word) => word.trim()).filter((word) => word !== "");
  return [...new Set(words)].join(",");
}

/** @throws LumiverseError `unsupported` for a request that refers to messages or files which only the client's vendor can read */
function refuseStored(options: SpellingOptions, { parameters = {}, messages, model }: ChatRequest, vendorProtocol: string): void {
  const { protocol, stored = {} } = options;
  const parts = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content.flatMap(withPartsOfResult)));
  const isStored = (name: string): boolean =>
    (parameters[name] ?? null) !== null || parts.some((part) => part.type === "opaque" && part.kind === name);
  const field = Object.keys(stored).find(isStored);
  if (field === undefined && !(hasStoredFile(options, parts) && options.filesReadBy !== vendorProtocol)) return;
  const hint = field === undefined ? SEND_THE_FILE : stored[field];
  throw new LumiverseError({
    code: "unsupported",
    status: 400,
    field: field ?? "messages",
    message: `${field === undefined ? "a file" : `"${field}"`} refers to content that a vendor of the protocol ${protocol} stores. "${model}" is called by another protocol, and the gateway stores none.`,
    ...(hint === undefined ? {} : { hint }),
    retryable: false,
  });
}

function hasStoredFile({ storedFiles, template, bodyFields }: SpellingOptions, parts: readonly Part[]): boolean {
  const read = parts.map((part) => ("url" in part ? part.url : undefined));
  const unread = unreadParts(template, bodyFields.messages ?? []).map((part) => part["file_id"]);
  return [...read, ...unread].some((id) => typeof id === "string" && storedFiles?.test(id) === true);
}

const SEND_THE_FILE = "Send the bytes of the file, or a public URL";

function withPartsOfResult(part: Part): Part[] {
  return part.type === "tool-result" && typeof part.content !== "string" ? [part, ...part.content] : [part];
}

/** For a vendor of another protocol: raw fields and vendor fields of the client's protocol mean nothing there, and hosted tools only where the vendor has its own. */
function translate(
  { protocol, template, bodyFields, untranslatedFields = [] }: SpellingOptions,
  { spelling, vendorFields, parameters, ...request }: ChatRequest,
  target: TranslationTarget,
  notes: Note[],
): ChatRequest {
  for (const field of [...Object.keys(parameters ?? {}), ...untranslatedFields])
    notes.push({
      kind: "dropped",
      field: `parameters.${field}`,
      message: `"${field}" was dropped: it is a field of the protocol ${protocol}, and the model is called by another.`,
    });
  const unread = unreadParts(template, bodyFields.messages ?? []).length;
  if (unread > 0)
    notes.push({
      kind: "dropped",
      field: "messages",
      message: `${unread} ${unread === 1 ? "part of a message was" : "parts of messages were"} dropped: only the protocol ${protocol} has such content there, and the model is called by another.`,
    });
  const { tools = [], toolChoice } = request;
  const choiceField = bodyFields.toolChoice?.find((field) => (template[field] ?? null) !== null);
  const choice = choiceField === undefined ? undefined : template[choiceField];
  const translated = translateServerTools(request, protocol, target, choice, notes);
  const isNoted = notes.some(({ field }) => field === "toolChoice");
  if (choiceField !== undefined && tools.length > 0 && toolChoice === undefined && translated.toolChoice === undefined && !isNoted)
    notes.push({
      kind: "dropped",
      field: "toolChoice",
      message: `"${choiceField}" was dropped: only the protocol ${protocol} has such a choice, and the model is called by another.`,
    });
  return withBreakpoints(askToGoOn(translated, target, notes), request, target, notes);
}

/** The parts that no message of the neutral request has, such as an image in a system message. Such a part contains no reference. */
function unreadParts(template: JsonObject, fields: readonly string[]): JsonObject[] {
  // A system message may stand in a field of its own, as one message or as a list of its parts.
  const entries = fields
    .flatMap((field) => template[field])
    .map((entry) => (entry instanceof OptionalItem ? entry.template : entry))
    .filter(isObject);
  const parts = entries.flatMap((entry) => ("role" in entry || "parts" in entry ? (entry["content"] ?? entry["parts"]) : entry));
  return parts.filter(isObject).filter((part) => !holdsReference(part));
}

/** Those of some fields that differ between a body and another one. None where there is no other. */
function changedFields(keys: readonly string[], body: JsonObject, other: JsonObject | undefined): string[] {
  return other === undefined ? [] : keys.filter((key) => JSON.stringify(body[key]) !== JSON.stringify(other[key]));
}

/** Raw fields of the client, which `parameters` carries. */
export function parameterReferences(template: JsonObject, parameters: JsonObject): void {
  for (const key of Object.keys(parameters)) template[key] = ref((request) => request.parameters?.[key]);
}

function spell(
  { template, parsed, stream, bodyFields, referenced, required = [] }: SpellingOptions,
  { request, http, streaming, bodyOfDefaults, isRepeated, bodyBeforeRecovery }: SpelledCall,
): JsonObject {
  const rendered = http.body ?? {};
  // A template is an object, and stays one.
  const body = fill(template, request) as JsonObject;
  let isChanged = request.parameters !== parsed.parameters;
  for (const field of Object.keys(bodyFields) as SpelledField[]) {
    if (request[field] === parsed[field]) continue;
    const kept =
      field === "messages" ? isSameShape(parsed.messages, request.messages) : referenced.has(field) && request[field] !== undefined;
    isChanged ||= !(kept && field === "messages" && isSameButPayloads(parsed.messages, request.messages));
    if (kept) continue;
    takeFields(bodyFields[field] ?? [], rendered, body);
  }
  addParameters(body, parsed.parameters, request.parameters);
  // The host refused these fields as the client spelled them.
  const before = bodyBeforeRecovery();
  const refused = changedFields([...new Set([...Object.keys(rendered), ...Object.keys(before ?? {})])], rendered, before);
  // If neither a field of the request nor the provider's rendering is another one now, the host refused something that only the client's messages have.
  const isInMessages = isRepeated && !isChanged && refused.length === 0;
  takeFields(isInMessages ? (bodyFields.messages ?? []) : refused, rendered, body);
  if (streaming !== stream) takeFields(["stream", "stream_options"], rendered, body);
  // A host that names the model in the path has no field for it.
  if (rendered["model"] === undefined) delete body["model"];
  for (const key of required) if (!(key in body) && rendered[key] !== undefined) body[key] = rendered[key];
  // What the client says itself counts, messages and tools above all. A further breakpoint could be one too many.
  const setsBreakpoints = (): boolean => parsed.cache !== undefined || hasBreakpoints(parsed);
  const isSaid = (key: string): boolean => key in body || isSpelled(key, bodyFields) || (key === "cache_control" && setsBreakpoints());
  const unsaid = Object.keys(rendered).filter((key) => !isSaid(key));
  for (const key of changedFields(unsaid, rendered, bodyOfDefaults())) body[key] = rendered[key];
  return body;
}

/** Replaces fields of the body by those of the provider's rendering, which may lack them. */
function takeFields(keys: readonly string[], rendered: JsonObject, body: JsonObject): void {
  for (const key of keys) {
    if (rendered[key] === undefined) delete body[key];
    else body[key] = rendered[key];
  }
}

/** True for a field of the body that spells a neutral one: a setting changes it only where the client asks for it. */
function isSpelled(key: string, bodyFields: SpellingOptions["bodyFields"]): boolean {
  return Object.values(bodyFields).some((keys) => keys.includes(key));
}

/** Raw fields that were added after the client's request was parsed. */
function addParameters(body: JsonObject, before: JsonObject | undefined, after: JsonObject | undefined): void {
  for (const [key, value] of Object.entries(after ?? {})) {
    if (before !== undefined && Object.hasOwn(before, key)) continue;
    const present = body[key];
    body[key] = isObject(present) && isObject(value) ? { ...present, ...value } : value;
  }
}

/** True if the references into one list of messages are valid in the other. */
function isSameShape(parsed: readonly Message[], now: readonly Message[]): boolean {
  return (
    parsed.length === now.length &&
    parsed.every((message, i) => {
      const other = now[i];
      if (other?.role !== message.role) return false;
      if (typeof message.content === "string" || typeof other.content === "string") return typeof message.content === typeof other.content;
      const { content } = other;
      return message.content.length === content.length && message.content.every((part, n) => part.type === content[n]?.type);
    })
  );
}

/** True for two lists of one shape where nothing differs except payloads, which the gateway returns to their issuer alone. */
function isSameButPayloads(parsed: readonly Message[], now: readonly Message[]): boolean {
  return parsed.every((message, i) => {
    const other = now[i];
    if (message === other) return true;
    if (other === undefined || typeof message.content === "string" || typeof other.content === "string")
      return message.content === other?.content;
    const { content } = other;
    return message.content.every((part, n) => part === content[n] || ("replay" in part && part.replay !== undefined));
  });
}
