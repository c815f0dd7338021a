/**
 * Assistant turns as the items that they came as. The vendor binds items to each other: reasoning must stand directly before the item that it led to, and an
 * item with an id must have its reasoning before it. A conversation that breaks either rule is refused from then on. So a run of items is sent back
 * completely, or as its text only.
 */
import type { CheckedCall, JsonObject, OpaquePart, Part, TextPart, ToolCallPart, ToolNames } from "@lumiverse/core/provider";
import type { PropertyNames } from "../schema/index.ts";
import { isFilledText } from "../shared/json-values.ts";
import { acceptedCallId } from "../shared/tool-names.ts";
import { type ReplayPayload, replayPayload } from "./replay.ts";

/** What rendering the turns needs to know, and collects for later turns. */
export interface InputContext {
  names: ToolNames;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties: ReadonlyMap<string, PropertyNames>;
  /** The vendor stores answers, so an item without its encrypted content can still be found by its id. */
  stored: boolean;
  /** The sent id of each call, for its result. */
  callIds: Map<string, string>;
  /** Calls of custom tools. Their results have a type of their own. */
  customCalls: Set<string>;
  /** Calls that were sent as one: the id of that one, and the name of the call. */
  wrappedCalls: Map<string, { id: string; name: string }>;
}

type AddNote = (field: string, message: string) => void;

/** The input items of one assistant turn. */
export function assistantItems(content: readonly Part[], call: CheckedCall, context: InputContext, note: AddNote): JsonObject[] {
  const parts = content.filter((part) => part.type !== "source");
  const payloads = call.degradations.has("replay") ? parts.map(() => undefined) : parts.map(replayPayload);
  const kept = sendableReasoning(parts, payloads, context.stored);
  const isWhole = (payload: ReplayPayload | undefined): payload is ReplayPayload =>
    payload !== undefined && (payload.reason === undefined || kept.has(key(payload, payload.reason)));
  const items: JsonObject[] = [];
  let open: { key: string; content: JsonObject[] } | undefined;
  for (let n = 0; n < parts.length; n++) {
    const part = parts[n];
    if (part === undefined) continue;
    const payload = payloads[n];
    if (payload?.content !== undefined && (part.type === "text" || part.type === "opaque")) {
      if (!isWhole(payload)) items.push(...messageOf(part, payload));
      else if (open?.key === key(payload)) open.content.push(contentOf(part, payload));
      else {
        open = { key: key(payload), content: [contentOf(part, payload)] };
        items.push({ ...payload.item, content: open.content });
      }
      continue;
    }
    open = undefined;
    if (part.type === "tool-call") {
      const group = payload?.wrapped === undefined ? 1 : groupSize(payloads, n, payload);
      if (payload?.wrapped !== undefined && group === payload.wrapped.count && payload.wrapped.index === 0) {
        items.push(wrapperItem(payload, isWhole(payload), parts.slice(n, n + group) as ToolCallPart[], context)); // a group contains calls only
        n += group - 1;
      } else items.push(functionCall(part, payload?.wrapped === undefined ? payload : undefined, isWhole(payload), context));
    } else if (part.type === "reasoning") {
      if (payload !== undefined && kept.has(key(payload))) items.push(payload.item);
      else note("messages", "Reasoning that is incomplete or lost the item after it was dropped, together with the ids that depend on it.");
    } else items.push(...itemsOf(part, isWhole(payload) ? payload : undefined, note));
  }
  return items;
}

/** A content of a message as it came, with the part's own text. */
function contentOf(part: TextPart | OpaquePart, payload: ReplayPayload): JsonObject {
  return { ...payload.part, ...(part.type === "text" ? { text: part.text } : {}) };
}

/** The text of a message whose item cannot be sent. */
function messageOf(part: TextPart | OpaquePart, { part: content, item }: ReplayPayload): JsonObject[] {
  const text = part.type === "text" ? part.text : content?.["refusal"];
  const { phase } = item;
  return isFilledText(text) ? [{ role: "assistant", content: text, ...(typeof phase === "string" ? { phase } : {}) }] : [];
}

/** A part that is neither reasoning nor a call. `payload`: absent where the item cannot be sent. */
function itemsOf(part: Part, payload: ReplayPayload | undefined, note: AddNote): JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ role: "assistant", content: part.text }];
    case "audio":
      return part.transcript === undefined ? [] : [{ role: "assistant", content: part.transcript }];
    case "image":
      if (payload !== undefined) return [{ ...payload.item, result: part.data }];
      note("messages", "An image in an assistant turn was dropped, because it cannot be sent back.");
      return [];
    case "opaque":
      if (payload !== undefined) return [payload.item];
      note("messages", `An item of type ${part.kind} was dropped, because the reasoning that it depends on is missing.`);
      return [];
    default:
      note("messages", `A part of type ${part.type} in an assistant turn was dropped, because the Responses API does not accept it.`);
      return [];
  }
}

const key = (payload: ReplayPayload, at: number = payload.at): string => `${payload.response} ${at}`;

/** Reasoning that can be sent: complete, and directly before the item that it led to. Read from the end, because reasoning may lead to reasoning. */
function sendableReasoning(parts: readonly Part[], payloads: readonly (ReplayPayload | undefined)[], stored: boolean): Set<string> {
  const kept = new Set<string>();
  for (let n = parts.length - 1; n >= 0; n--) {
    const payload = payloads[n];
    const next = payloads[n + 1];
    if (payload === undefined || parts[n]?.type !== "reasoning") continue;
    // Without storage the vendor cannot find an item by its id. Open-weight models have their reasoning in the content.
    const { encrypted_content: encrypted, content } = payload.item;
    if (!stored && typeof encrypted !== "string" && !(Array.isArray(content) && content.length > 0)) continue;
    if (next === undefined || next.response !== payload.response || next.after !== payload.at) continue;
    if (parts[n + 1]?.type === "reasoning" && !kept.has(key(next))) continue;
    // An incomplete wrapper is sent as separate calls, which are not the item that the reasoning led to.
    if (next.wrapped !== undefined && groupSize(payloads, n + 1, next) !== next.wrapped.count) continue;
    kept.add(key(payload));
  }
  return kept;
}

function functionCall(part: ToolCallPart, payload: ReplayPayload | undefined, whole: boolean, context: InputContext): JsonObject {
  // Ids of other vendors may be too long or have other characters. The vendor's own ids are kept.
  const id = payload === undefined ? acceptedCallId(part.id) : part.id;
  context.callIds.set(part.id, id);
  if (payload?.item["custom"] === true) {
    const { custom: _, ...item } = payload.item;
    context.customCalls.add(part.id);
    return { ...(whole ? item : {}), type: "custom_tool_call", call_id: id, name: context.names.encode(part.name), input: part.arguments };
  }
  const fields = {
    type: "function_call",
    call_id: id,
    name: context.names.encode(part.name),
    arguments: part.arguments.trim() === "" ? "{}" : (context.properties.get(part.name)?.encode(part.arguments) ?? part.arguments),
  };
  return payload !== undefined && whole ? { ...payload.item, ...fields } : fields;
}

/** How many parts from `n` on are, in order, calls of the wrapper that `first` belongs to. */
function groupSize(payloads: readonly (ReplayPayload | undefined)[], n: number, first: ReplayPayload): number {
  let count = 0;
  while (payloads[n + count]?.wrapped?.index === count && key(payloads[n + count] ?? first) === key(first)) count++;
  return count;
}

function wrapperItem(payload: ReplayPayload, whole: boolean, calls: readonly ToolCallPart[], context: InputContext): JsonObject {
  const { item } = payload;
  const id = typeof item["call_id"] === "string" ? item["call_id"] : (calls[0]?.id ?? "");
  for (const call of calls) context.wrappedCalls.set(call.id, { id, name: call.name });
  return whole ? item : { type: "function_call", call_id: id, name: item["name"], arguments: item["arguments"] };
}
