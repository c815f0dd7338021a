/** Messages as `instructions` and input items. */
import {
  type CheckedCall,
  type JsonObject,
  type Message,
  type Note,
  type OpaquePart,
  type Part,
  policyFor,
  type TextPart,
  type ToolCallPart,
  type ToolMessage,
  type ToolNames,
  type ToolResultPart,
  textOf,
} from "@lumiverse/core/provider";
import type { PropertyNames } from "../../schema/index.ts";
import { isFilledText } from "../../shared/json-values.ts";
import { noteOnce } from "../../shared/note-once.ts";
import { acceptedCallId } from "../../shared/tool-names.ts";
import type { ResponsesDialect } from "../dialect.ts";
import { type ReplayPayload, replayPayload } from "../replay.ts";
import { inputParts, type MediaContext } from "./media.ts";

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

export interface RenderedInput {
  instructions: string | undefined;
  input: JsonObject[];
}

/** The messages of a call. */
export function renderInput(call: CheckedCall, dialect: ResponsesDialect, context: InputContext, notes: Note[]): RenderedInput {
  const { messages, breakpoints } = call;
  const { systemPlacement = "instructions" } = dialect;
  const isInstructions = systemPlacement === "instructions";
  // In JSON mode the vendor requires the word JSON in the input items; instructions do not count. They are a string and cannot contain a breakpoint.
  const allItems = !isInstructions || call.output?.strategy === "json" || breakpoints !== undefined;
  const first = messages.findIndex((message) => message.role !== "system");
  const head = allItems ? 0 : first < 0 ? messages.length : first;
  const role = isInstructions ? (dialect.systemRole ?? "developer") : systemPlacement;
  const instructions = messages
    .slice(0, head)
    .map(({ content }) => textOf(content))
    .join("\n\n");
  const input: JsonObject[] = [];
  const media: MediaContext = { model: call.request.model, policy: policyFor(call.policy, "messages"), notes, breakpoints };
  const note = (field: string, message: string): void => noteOnce(notes, { kind: "dropped", field, message });
  const itemsOf = (message: Message): JsonObject[] => {
    if (message.role === "system")
      return [
        {
          role,
          content: breakpoints && typeof message.content !== "string" ? inputParts(message.content, media) : textOf(message.content),
        },
      ];
    if (typeof message.content === "string") return [{ role: message.role, content: message.content }];
    if (message.role === "user") return [{ role: "user", content: inputParts(message.content, media) }];
    if (message.role === "tool") return toolResults(message, dialect, context, media);
    return assistantItems(message.content, call, context, note);
  };
  for (const message of messages.slice(head)) for (const item of itemsOf(message)) input.push(item);
  const { prefill } = call.request;
  if (prefill !== undefined && prefill !== "") input.push({ role: "assistant", content: prefill });
  if (input.length === 0) {
    // The API refuses an input without items.
    input.push({ role: "user", content: "" });
    notes.push({
      kind: "changed",
      field: "messages",
      message: "The API requires a message in addition to the system prompt, so an empty one was sent.",
    });
  }
  return { instructions: instructions === "" ? undefined : instructions, input };
}

function toolResults(message: ToolMessage, dialect: ResponsesDialect, context: InputContext, media: MediaContext): JsonObject[] {
  const items: JsonObject[] = [];
  const after: JsonObject[] = [];
  /** Results of the calls that were sent as one, by the id of that one. */
  const wrapped = new Map<string, ToolResultPart[]>();
  for (const result of message.content) {
    const wrapper = context.wrappedCalls.get(result.id);
    if (wrapper === undefined) {
      items.push({
        type: context.customCalls.has(result.id) ? "custom_tool_call_output" : "function_call_output",
        call_id: context.callIds.get(result.id) ?? result.id,
        output: resultOutput(result, dialect, after, media),
      });
      media.breakpoints?.mark(result, items.at(-1));
      continue;
    }
    const results = wrapped.get(wrapper.id);
    if (results === undefined) wrapped.set(wrapper.id, [result]);
    else results.push(result);
  }
  // The calls of one wrapper get one output, in their order.
  for (const [id, results] of wrapped) {
    const outputs = results.map((result) => ({
      name: context.wrappedCalls.get(result.id)?.name ?? "",
      output: resultOutput(result, dialect, after, media),
    }));
    const textOnly = outputs.every((one) => typeof one.output === "string");
    const output = textOnly
      ? JSON.stringify(outputs.map((one) => ({ recipient_name: `functions.${one.name}`, output: one.output })))
      : outputs.flatMap((one) => [
          { type: "input_text", text: `functions.${one.name}:` },
          ...(typeof one.output === "string" ? [{ type: "input_text", text: one.output }] : one.output),
        ]);
    items.push({ type: "function_call_output", call_id: id, output });
  }
  if (after.length > 0) items.push({ role: "user", content: after });
  return items;
}

/** The API has no flag for a failed call, so the text states it. Media that the output cannot contain are added to `after`. */
function resultOutput(result: ToolResultPart, dialect: ResponsesDialect, after: JsonObject[], media: MediaContext): string | JsonObject[] {
  const failed = result.isError === true ? "Error: " : "";
  if (typeof result.content === "string") return failed + result.content;
  const texts = result.content.filter((part) => part.type === "text").map((part) => part.text);
  const rest = result.content.filter((part) => part.type !== "text");
  if (rest.length === 0) return failed + texts.join("\n");
  if (dialect.toolOutput !== "string") {
    const parts = inputParts(result.content, media);
    return failed === "" ? parts : [{ type: "input_text", text: "Error:" }, ...parts];
  }
  after.push({ type: "input_text", text: `Attached to the result of the call ${result.id}:` }, ...inputParts(rest, media));
  return failed + (texts.join("\n") || "The result is attached to the next message.");
}

type AddNote = (field: string, message: string) => void;

/**
 * The input items of one assistant turn. The vendor binds items to each other: reasoning must stand directly before the item that it led to, and an item with an
 * id must have its reasoning before it. A conversation that breaks either rule is refused from then on. So a run of items is sent back completely, or as its text
 * only.
 */
function assistantItems(content: readonly Part[], call: CheckedCall, context: InputContext, note: AddNote): JsonObject[] {
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
      else note("messages", "Reasoning that is incomplete, or whose next item is missing, was dropped with the ids that depend on it.");
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
