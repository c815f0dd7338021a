/**
 * The transcript as a wire may have it: payloads of other origins left at home, calls and results paired, nothing empty, nothing that no vendor accepts.
 * Works on a copy, and notes each kind of change once.
 */
import type { AssistantMessage, Message, Note, Origin, Part, Replay, ToolCallPart, ToolResultPart } from "./chat.ts";
import { wellFormed } from "./wire.ts";

export interface Prepared {
  messages: Message[];
  /** The text of a trailing assistant turn, which is a prefill. */
  prefill: string | undefined;
}

export function prepareTranscript(messages: readonly Message[], origin: Origin, binds: "model" | "wire", notes: Note[]): Prepared {
  const once = new Set<string>();
  const note = (kind: Note["kind"], message: string): void => {
    if (once.has(message)) return;
    once.add(message);
    notes.push({ kind, field: "messages", message });
  };
  const clean: Message[] = [];
  for (const message of messages) {
    const cleaned = cleanMessage(message, origin, binds, note);
    if (cleaned !== undefined) clean.push(cleaned);
  }
  const paired = pair(clean, note);
  const last = paired[paired.length - 1];
  // A turn that a vendor paused holds its own parts and goes back as it is; any other closing assistant turn is to be continued.
  if (last?.role === "assistant" && !hasPart(last, "tool-call") && !hasPart(last, "opaque")) {
    paired.pop();
    return { messages: paired, prefill: textOf(last.content) };
  }
  return { messages: paired, prefill: undefined };
}

export function textOf(content: string | readonly Part[]): string {
  if (typeof content === "string") return content;
  let text = "";
  for (const part of content) if (part.type === "text") text += part.text;
  return text;
}

export function sameOrigin(a: Origin, b: Origin, binds: "model" | "wire"): boolean {
  return a.provider === b.provider && a.wire === b.wire && a.scope === b.scope && (binds === "wire" || a.model === b.model);
}

type Noter = (kind: Note["kind"], message: string) => void;

function cleanMessage(message: Message, origin: Origin, binds: "model" | "wire", note: Noter): Message | undefined {
  if (typeof message.content === "string") {
    if (message.content.trim() === "" && message.role !== "user") {
      note("changed", `an empty ${message.role} message was left out`);
      return undefined;
    }
    const content = wellFormed(message.content);
    if (content !== message.content) note("changed", MENDED);
    return content === message.content ? message : ({ ...message, content } as Message);
  }
  const foreign = (replay: Replay | undefined): boolean => {
    if (replay === undefined || sameOrigin(replay.origin, origin, binds)) return false;
    const from = replay.origin;
    note("foreign", `payloads of ${from.provider} (${from.wire}, ${from.model}, ${from.scope}) are not valid here and stayed home`);
    return true;
  };
  const content: Part[] = [];
  for (const part of message.content as readonly Part[]) {
    const replay = "replay" in part ? part.replay : undefined;
    const away = foreign(replay);
    // Reasoning and opaque parts are their payload: without it there is nothing to say to another vendor.
    if (away && (part.type === "reasoning" || part.type === "opaque")) continue;
    if (part.type === "source") continue;
    if (part.type === "text" && part.text === "" && (away || replay === undefined)) continue;
    let kept: Part = part;
    if (away) {
      const { replay: _, ...rest } = part as Part & { replay?: Replay };
      kept = rest as Part;
    }
    kept = mend(kept, note);
    if (kept.type === "tool-call" && kept.inputError !== undefined) {
      note("changed", `the arguments of the call ${kept.name} do not parse and were sent back as {}`);
      kept = { ...kept, arguments: "{}", input: {} };
    }
    content.push(kept);
  }
  if (content.length === 0) {
    if (message.content.length > 0 || message.role !== "user") note("changed", `an empty ${message.role} message was left out`);
    return undefined;
  }
  if (message.role !== "assistant") return { ...message, content } as Message;
  const { replay, ...bare } = message;
  return { ...bare, content, ...(replay === undefined || foreign(replay) ? {} : { replay }) };
}

const MENDED = "half a surrogate pair in the text was replaced: vendors refuse it as no JSON";
/** Signed text must stay byte for byte; only unsigned text is mended. Tools that cut their output are the usual source. */
function mend<P extends Part>(part: P, note: Noter): P {
  if (part.type === "text" && part.replay === undefined && !part.text.isWellFormed()) {
    note("changed", MENDED);
    return { ...part, text: wellFormed(part.text) };
  }
  if (part.type !== "tool-result") return part;
  const { content } = part;
  if (typeof content !== "string") {
    const inner = content.map((one) => mend(one, note));
    return inner.every((one, i) => one === content[i]) ? part : { ...part, content: inner };
  }
  if (content.isWellFormed()) return part;
  note("changed", MENDED);
  return { ...part, content: wellFormed(content) };
}

const hasPart = (message: AssistantMessage, type: Part["type"]): boolean =>
  typeof message.content !== "string" && message.content.some((part) => part.type === type);

/** Every call gets exactly one result, directly after it, in the order of the calls: vendors refuse everything else, for ever. */
function pair(messages: readonly Message[], note: Noter): Message[] {
  const out: Message[] = [];
  const taken = new Set<ToolResultPart>();
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i];
    if (message === undefined) continue;
    if (message.role === "tool") {
      if (message.content.some((result) => !taken.has(result))) note("changed", "a tool result without its call was left out");
      continue;
    }
    out.push(message);
    if (message.role !== "assistant" || !hasPart(message, "tool-call")) continue;
    const calls = (message.content as readonly Part[]).filter((part): part is ToolCallPart => part.type === "tool-call");
    const results: ToolResultPart[] = [];
    let between = false;
    for (let at = i + 1, next = messages[at]; next !== undefined && next.role !== "assistant"; next = messages[++at]) {
      if (next.role !== "tool") between = true;
      else {
        if (between) note("moved", "a tool result that came after another message was moved to its call");
        results.push(...next.content);
      }
    }
    const paired = calls.map((call): ToolResultPart => {
      const found = results.find((result) => result.id === call.id && !taken.has(result));
      if (found !== undefined) {
        taken.add(found);
        return found.name === undefined ? { ...found, name: call.name } : found;
      }
      note("changed", `the call ${call.name} had no result; one that says so was sent`);
      return { type: "tool-result", id: call.id, name: call.name, content: "The call was interrupted and gave no result.", isError: true };
    });
    out.push({ role: "tool", content: paired });
  }
  return out;
}
