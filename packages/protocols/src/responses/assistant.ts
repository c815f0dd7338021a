/**
 * Assistant turns as the items they came as. The vendor binds items to each other: reasoning must stand directly before the item it led to, and an item
 * sent with its id must have its reasoning before it. Break either and the conversation is refused for ever, so a run is replayed whole or by its words alone.
 */
import { type CheckedCall, type JsonObject, type Part, shortId, type ToolCallPart } from "@lumiverse/core";
import type { InputContext, Wrapped } from "./input.ts";
import { type Payload, payloadOf } from "./payload.ts";

type Note = (field: string, message: string) => void;

export function assistantItems(
  content: readonly Part[],
  call: CheckedCall,
  context: InputContext,
  wrapped: Wrapped,
  note: Note,
): JsonObject[] {
  const parts = content.filter((part) => part.type !== "source");
  const payloads = call.without.has("replay") ? parts.map(() => undefined) : parts.map(payloadOf);
  const kept = keptReasoning(parts, payloads, context.stored);
  const whole = (payload: Payload): boolean => payload.reason === undefined || kept.has(key(payload, payload.reason));
  const items: JsonObject[] = [];
  let open: { key: string; content: JsonObject[] } | undefined;
  for (let n = 0; n < parts.length; n++) {
    const part = parts[n];
    if (part === undefined) continue;
    const payload = payloads[n];
    if (payload?.content !== undefined && (part.type === "text" || part.type === "opaque")) {
      const content = { ...payload.part, ...(part.type === "text" ? { text: part.text } : {}) };
      if (whole(payload)) {
        if (open?.key === key(payload)) open.content.push(content);
        else {
          open = { key: key(payload), content: [content] };
          items.push({ ...payload.item, content: open.content });
        }
        continue;
      }
      const text = part.type === "text" ? part.text : payload.part?.["refusal"];
      const phase = payload.item["phase"];
      if (typeof text === "string" && text !== "")
        items.push({ role: "assistant", content: text, ...(typeof phase === "string" ? { phase } : {}) });
      continue;
    }
    open = undefined;
    switch (part.type) {
      case "text":
        if (part.text !== "") items.push({ role: "assistant", content: part.text });
        break;
      case "reasoning":
        if (payload !== undefined && kept.has(key(payload))) items.push(payload.item);
        else note("messages", "reasoning that is not whole, or lost the item it led to, was left out; the ids that depend on it too");
        break;
      case "tool-call": {
        const group = payload?.wrapped === undefined ? 1 : groupOf(payloads, n, payload);
        if (payload?.wrapped !== undefined && group === payload.wrapped.count && payload.wrapped.index === 0) {
          items.push(wrapper(payload, whole(payload), parts.slice(n, n + group) as ToolCallPart[], wrapped)); // a group holds calls alone
          n += group - 1;
        } else
          items.push(
            functionCall(part, payload?.wrapped === undefined ? payload : undefined, payload !== undefined && whole(payload), context),
          );
        break;
      }
      case "image":
        if (payload !== undefined && whole(payload)) items.push({ ...payload.item, result: part.data });
        else note("messages", "a picture in an assistant turn can't be sent back and was left out");
        break;
      case "audio":
        if (part.transcript !== undefined) items.push({ role: "assistant", content: part.transcript });
        break;
      case "opaque":
        if (payload !== undefined && whole(payload)) items.push(payload.item);
        else note("messages", `a ${part.kind} item that depends on reasoning which is not there was left out`);
        break;
      default:
        note("messages", `a ${part.type} in an assistant turn can't be sent and was left out`);
    }
  }
  return items;
}

const key = (payload: Payload, at: number = payload.at): string => `${payload.response} ${at}`;

/** Reasoning that may go: whole by itself, and directly before the item it led to. From the end, as one reasoning item may lead to another. */
function keptReasoning(parts: readonly Part[], payloads: readonly (Payload | undefined)[], stored: boolean): Set<string> {
  const kept = new Set<string>();
  for (let n = parts.length - 1; n >= 0; n--) {
    const payload = payloads[n];
    const next = payloads[n + 1];
    if (payload === undefined || parts[n]?.type !== "reasoning") continue;
    // Without storage, an id alone is an item the vendor does not find. Open-weight models have their reasoning in the content.
    const { encrypted_content: encrypted, content } = payload.item;
    if (!stored && typeof encrypted !== "string" && !(Array.isArray(content) && content.length > 0)) continue;
    if (next === undefined || next.response !== payload.response || next.after !== payload.at) continue;
    if (parts[n + 1]?.type === "reasoning" && !kept.has(key(next))) continue;
    // Half a wrapper goes as calls of its own, which are not the item that the reasoning led to.
    if (next.wrapped !== undefined && groupOf(payloads, n + 1, next) !== next.wrapped.count) continue;
    kept.add(key(payload));
  }
  return kept;
}

function functionCall(part: ToolCallPart, payload: Payload | undefined, whole: boolean, context: InputContext): JsonObject {
  // Ids of other vendors can be longer than this one takes, or hold other characters; its own stay as they are.
  const id = payload !== undefined || /^[\w-]{1,64}$/.test(part.id) ? part.id : `call_${shortId(part.id, 24)}`;
  context.callIds.set(part.id, id);
  const own = {
    type: "function_call",
    call_id: id,
    name: context.names.wire(part.name),
    arguments: part.arguments.trim() === "" ? "{}" : part.arguments,
  };
  return payload !== undefined && whole ? { ...payload.item, ...own } : own;
}

/** How many parts from `n` on are the calls of this one's wrapper, in order. */
function groupOf(payloads: readonly (Payload | undefined)[], n: number, first: Payload): number {
  let count = 0;
  while (payloads[n + count]?.wrapped?.index === count && key(payloads[n + count] ?? first) === key(first)) count++;
  return count;
}

function wrapper(payload: Payload, whole: boolean, calls: readonly ToolCallPart[], wrapped: Wrapped): JsonObject {
  const { item } = payload;
  const id = typeof item["call_id"] === "string" ? item["call_id"] : (calls[0]?.id ?? "");
  for (const call of calls) wrapped.set(call.id, { id, name: call.name });
  return whole ? item : { type: "function_call", call_id: id, name: item["name"], arguments: item["arguments"] };
}
