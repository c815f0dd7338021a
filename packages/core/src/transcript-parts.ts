import type { AssistantMessage, Message, Origin, Part, Replay, ToolCallPart, ToolResultPart } from "./chat.ts";
import { MENDED, type Noter } from "./transcript.ts";
import { wellFormed } from "./wire.ts";

/** A message of parts as this origin may have it; undefined: nothing of it is left. */
export function cleanParts(message: Message, origin: Origin, binds: "model" | "wire", note: Noter): Message | undefined {
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

/** Signed text must stay byte for byte; only unsigned text is mended. Tools that cut their output are the usual source. */
function mend<P extends Part>(part: P, note: Noter): P {
  if (part.type === "text" && part.replay === undefined && !part.text.isWellFormed()) {
    note("changed", MENDED);
    return { ...part, text: wellFormed(part.text) };
  }
  if (part.type !== "tool-result") return part;
  const { content } = part;
  if (typeof content !== "string") {
    const inner = content.filter((one) => stands(one, note)).map((one) => mend(one, note));
    return inner.length === content.length && inner.every((one, i) => one === content[i]) ? part : { ...part, content: inner };
  }
  if (content.isWellFormed()) return part;
  note("changed", MENDED);
  return { ...part, content: wellFormed(content) };
}

/** A turn that its vendor paused, or one that calls tools: it goes back as it is, and is not to be continued. */
export function isPaused(message: AssistantMessage): boolean {
  return hasPart(message, "tool-call") || hasPart(message, "opaque");
}

/** What the types of a tool result allow; histories from elsewhere hold more. */
const IN_RESULT: ReadonlySet<string> = new Set(["text", "image", "audio", "file"]);
function stands({ type }: { type: string }, note: Noter): boolean {
  if (IN_RESULT.has(type)) return true;
  note("dropped", `a ${type} part can't stand in a tool result and was left out`);
  return false;
}

const hasPart = (message: AssistantMessage, type: Part["type"]): boolean =>
  typeof message.content !== "string" && message.content.some((part) => part.type === type);

/** Every call gets exactly one result, directly after it, in the order of the calls: vendors refuse everything else, for ever. */
export function pair(messages: readonly Message[], note: Noter): Message[] {
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

export function sameOrigin(a: Origin, b: Origin, binds: "model" | "wire"): boolean {
  return a.provider === b.provider && a.wire === b.wire && a.scope === b.scope && (binds === "wire" || a.model === b.model);
}
