/**
 * Makes a transcript acceptable to one origin: drops payloads of other origins, pairs calls with results, drops what is empty or what no vendor accepts.
 * Works on a copy and notes each kind of change once.
 */
import { LumiverseError } from "../chat/errors.ts";
import { isObject } from "../chat/json.ts";
import {
  type AssistantMessage,
  CLIENT_PROVIDER,
  type Message,
  type Origin,
  type Part,
  type Replay,
  type ToolCallPart,
  type ToolResultPart,
  TRANSCRIPT_VERSION,
} from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import { textOf } from "../chat/text.ts";
import type { Protocol } from "../contract/call.ts";
import { uniqueId } from "./ids.ts";

type ReplayBinding = NonNullable<Protocol["replayBinding"]>;
type AddNote = (kind: Note["kind"], message: string) => void;
/** True for a payload of another origin, which is noted. */
type IsForeign = (replay: Replay | undefined) => boolean;

export interface PreparedTranscript {
  messages: Message[];
  /** The text of a trailing assistant turn, which is a prefill. */
  prefill: string | undefined;
}

export function prepareTranscript(messages: readonly Message[], origin: Origin, binding: ReplayBinding, notes: Note[]): PreparedTranscript {
  const noted = new Set<string>();
  const note: AddNote = (kind, message) => {
    if (noted.has(message)) return;
    noted.add(message);
    notes.push({ kind, field: "messages", message });
  };
  const isForeign: IsForeign = (replay) => {
    if (replay === undefined || sameOrigin(replay.origin, origin, binding)) return false;
    const { provider, protocol, model, scope } = replay.origin;
    const issuer = provider === CLIENT_PROVIDER ? `a vendor of ${protocol}` : `${provider} (${protocol}, ${model}, ${scope})`;
    note("foreign", `Dropped the payloads issued by ${issuer}: they are not valid here.`);
    return true;
  };
  const kept: Message[] = [];
  messages.forEach((message, index) => {
    if (message.role === "assistant") checkVersion(message, index);
    const clean = typeof message.content === "string" ? cleanText(message, message.content, note) : cleanParts(message, isForeign, note);
    if (clean !== undefined) kept.push(toSend(clean, isForeign));
  });
  const paired = pairCallsWithResults(kept, note);
  const last = paired[paired.length - 1];
  if (last?.role !== "assistant" || isPaused(last)) return { messages: paired, prefill: undefined };
  paired.pop();
  if (typeof last.content !== "string" && last.content.some((part) => part.type !== "text"))
    note("dropped", "The last assistant turn is a prefill, so only its text was sent.");
  return { messages: paired, prefill: textOf(last.content) };
}

function checkVersion({ version }: AssistantMessage, index: number): void {
  if (version === undefined || version <= TRANSCRIPT_VERSION) return;
  throw new LumiverseError({
    code: "configuration",
    field: `messages[${index}].version`,
    message: `messages[${index}] has transcript version ${version}; this @lumiverse/core reads up to ${TRANSCRIPT_VERSION}`,
    hint: "Update @lumiverse/core",
  });
}

export const NOT_WELL_FORMED = "Half a surrogate pair in the text was replaced, because vendors reject it as invalid JSON.";

function repaired(text: string, note: AddNote): string {
  if (text.isWellFormed()) return text;
  note("changed", NOT_WELL_FORMED);
  return text.toWellFormed();
}

/** JSON without halves of surrogate pairs, which `JSON.stringify` writes as escapes. It writes no whole pairs so. */
export function wellFormedJson(json: string): string {
  return json.replace(/\\(?:ud...|.)/g, (sequence) => (sequence.length > 2 ? "\\ufffd" : sequence));
}

function cleanText(message: Message, text: string, note: AddNote): Message | undefined {
  if (text.trim() === "" && message.role !== "user") {
    note("changed", `An empty ${message.role} message was left out.`);
    return undefined;
  }
  const content = repaired(text, note);
  // Text may replace the content of every message that has text.
  return content === text ? message : ({ ...message, content } as Message);
}

/** A message with parts as this origin accepts it. Undefined when no part is left. */
function cleanParts(message: Message, isForeign: IsForeign, note: AddNote): Message | undefined {
  const content: Part[] = [];
  for (const part of message.content as readonly Part[]) {
    const replay = "replay" in part ? part.replay : undefined;
    const foreign = isForeign(replay);
    // Reasoning and opaque parts consist of their payload; without it nothing remains to send.
    if (foreign && (part.type === "reasoning" || part.type === "opaque")) continue;
    if (part.type === "source") continue;
    if (part.type === "text" && part.text === "" && (foreign || replay === undefined)) continue;
    content.push(cleanArguments(cleanPartText(foreign ? withoutReplay(part) : part, note), note));
  }
  if (content.length === 0) {
    note("changed", `An empty ${message.role} message was left out.`);
    return undefined;
  }
  // The parts are those of the message, so they fit its role.
  return { ...message, content } as Message;
}

/** The message without its version and without a payload of another origin. */
function toSend(message: Message, isForeign: IsForeign): Message {
  if (message.role !== "assistant" || (message.version === undefined && message.replay === undefined)) return message;
  const { replay, version: _, ...rest } = message;
  return replay === undefined || isForeign(replay) ? rest : { ...rest, replay };
}

function withoutReplay<P extends Part>(part: P): P {
  const { replay: _, ...rest } = part as P & { replay?: Replay };
  // `replay` is optional on every part that has it.
  return rest as P;
}

/** A call whose `arguments` are the JSON of an object and whose `input` is that object. Vendors and chat templates read the fields of it. */
function cleanArguments(part: Part, note: AddNote): Part {
  if (part.type !== "tool-call") return part;
  const text = part.arguments.trim();
  // An answer has parsed the arguments already, so its calls are not parsed again.
  const isObjectText = text.startsWith("{") && text.endsWith("}");
  if (part.inputError === undefined && isObjectText && isObject(part.input)) return cleanInput(part, note);
  const { inputError, ...call } = part;
  const input = inputError === undefined ? (part.input ?? parsed(text)) : undefined;
  if (input === undefined) {
    note("changed", `The arguments of the call ${part.name} do not parse, so {} was sent instead.`);
    return { ...call, arguments: "{}", input: {} };
  }
  if (isObject(input)) return cleanInput({ ...call, arguments: isObjectText ? part.arguments : JSON.stringify(input), input }, note);
  note("changed", `The arguments of the call ${part.name} are not an object and were sent as the field value of one.`);
  return { ...call, arguments: JSON.stringify({ value: input }), input: { value: input } };
}

/** Replaces halves of surrogate pairs in arguments. An escape such as `\ud83c` is one too, and becomes one in protocols that send arguments as an object. */
function cleanInput(part: ToolCallPart, note: AddNote): ToolCallPart {
  if (part.arguments.isWellFormed() && !/\\ud/i.test(part.arguments)) return part;
  const text = JSON.stringify(part.input);
  const clean = wellFormedJson(text);
  if (clean === text) return part;
  note("changed", NOT_WELL_FORMED);
  return { ...part, arguments: clean, input: JSON.parse(clean) as unknown };
}

/** The value of a JSON text; an empty object for no text and for null. Undefined if it does not parse. */
function parsed(text: string): unknown {
  try {
    return text === "" ? {} : (JSON.parse(text) ?? {});
  } catch {
    return undefined;
  }
}

/** Repairs broken surrogate pairs in the fields of an unsigned part. Signed ones must stay unchanged. Tools that cut their output are the usual source. */
function cleanPartText<P extends Part>(given: P, note: AddNote): P {
  if ("replay" in given && given.replay !== undefined) return given;
  let part = given;
  // `cleanInput` repairs arguments together with the value that they are the JSON of.
  for (const [field, value] of Object.entries(given))
    if (typeof value === "string" && field !== "arguments" && !value.isWellFormed()) part = { ...part, [field]: repaired(value, note) };
  if (part.type !== "tool-result" || typeof part.content === "string") return part;
  const { content } = part;
  const inner = content.filter((one) => isResultPart(one, note)).map((one) => cleanPartText(one, note));
  return inner.length === content.length && inner.every((one, i) => one === content[i]) ? part : { ...part, content: inner };
}

/** Part types that a tool result can hold. Transcripts from other libraries hold more. */
const RESULT_PARTS: ReadonlySet<string> = new Set(["text", "image", "audio", "file"]);

function isResultPart({ type }: { type: string }, note: AddNote): boolean {
  if (RESULT_PARTS.has(type)) return true;
  note("dropped", `A ${type} part cannot stand in a tool result and was left out.`);
  return false;
}

/** True for a turn that its vendor paused or that calls tools. Such a turn is sent back unchanged; it is not a prefill. */
function isPaused(message: AssistantMessage): boolean {
  return hasPart(message, "tool-call") || hasPart(message, "opaque");
}

function hasPart(message: Message, type: Part["type"]): boolean {
  return typeof message.content !== "string" && message.content.some((part) => part.type === type);
}

/**
 * Gives every call exactly one result, directly after it and in the order of the calls, and makes call ids unique over the whole request. Vendors reject any
 * other order, and some reject an id that two turns share.
 */
function pairCallsWithResults(messages: Message[], note: AddNote): Message[] {
  if (!messages.some((message) => message.role === "tool" || hasPart(message, "tool-call"))) return messages;
  const out: Message[] = [];
  const used = new Set<ToolResultPart>();
  const ids = new Map<string, number>();
  messages.forEach((message, index) => {
    if (message.role === "tool") {
      if (message.content.some((result) => !used.has(result))) note("changed", "A tool result without its call was left out.");
      return;
    }
    if (message.role !== "assistant" || !hasPart(message, "tool-call")) {
      out.push(message);
      return;
    }
    const results = byCallId(resultsAfter(messages, index, note));
    const content: ToolResultPart[] = [];
    let renamed = false;
    const parts = (message.content as readonly Part[]).map((part) => {
      if (part.type !== "tool-call") return part;
      const id = uniqueId(part.id || "call", ids); // some hosts give calls no ids
      const found = results.get(part.id)?.pop();
      if (found !== undefined) used.add(found);
      content.push(resultFor(part, id, found, note));
      if (id === part.id) return part;
      renamed = true;
      return { ...part, id };
    });
    out.push(renamed ? { ...message, content: parts } : message, { role: "tool", content });
  });
  return out;
}

/** The results of each call id, the first one last. */
function byCallId(results: readonly ToolResultPart[]): Map<string, ToolResultPart[]> {
  const byId = new Map<string, ToolResultPart[]>();
  for (const result of results.toReversed()) {
    const same = byId.get(result.id);
    if (same === undefined) byId.set(result.id, [result]);
    else same.push(result);
  }
  return byId;
}

function resultFor(call: ToolCallPart, id: string, found: ToolResultPart | undefined, note: AddNote): ToolResultPart {
  if (found !== undefined) return found.name !== undefined && id === found.id ? found : { ...found, id, name: found.name ?? call.name };
  note("changed", `The call ${call.name} had no result, so a result that says so was sent.`);
  return { type: "tool-result", id, name: call.name, content: "The call was interrupted and gave no result.", isError: true };
}

/** The tool results between an assistant turn and the next one. */
function resultsAfter(messages: readonly Message[], index: number, note: AddNote): ToolResultPart[] {
  const results: ToolResultPart[] = [];
  let afterOther = false;
  for (let at = index + 1, next = messages[at]; next !== undefined && next.role !== "assistant"; next = messages[++at]) {
    if (next.role !== "tool") afterOther = true;
    else {
      if (afterOther) note("moved", "A tool result that came after another message was moved to its call.");
      // A spread of a long list would overflow the stack.
      for (const result of next.content) results.push(result);
    }
  }
  return results;
}

function sameOrigin(a: Origin, b: Origin, binding: ReplayBinding): boolean {
  // A client does not say who issued what it sends back, only in which protocol it got it.
  if (a.provider === CLIENT_PROVIDER) return a.protocol === b.protocol;
  return a.provider === b.provider && a.protocol === b.protocol && a.scope === b.scope && (binding === "protocol" || a.model === b.model);
}
