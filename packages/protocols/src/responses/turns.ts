/** Messages as `instructions` and input items. */
import {
  type CheckedCall,
  type JsonObject,
  type Message,
  type Note,
  policyFor,
  type ToolMessage,
  type ToolResultPart,
  textOf,
} from "@lumiverse/core/provider";
import { noteOnce } from "../shared/note-once.ts";
import { assistantItems, type InputContext } from "./assistant-items.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { inputParts, type MediaContext } from "./media.ts";

export interface RenderedInput {
  instructions: string | undefined;
  input: JsonObject[];
}

/** The messages of a call. */
export function renderInput(call: CheckedCall, dialect: ResponsesDialect, context: InputContext, notes: Note[]): RenderedInput {
  const { messages } = call;
  // In JSON mode the vendor requires the word JSON in the input items; instructions do not count.
  const placement = call.output?.strategy === "json" ? "item" : (dialect.systemPlacement ?? "instructions");
  const first = messages.findIndex((message) => message.role !== "system");
  const head = placement === "instructions" ? (first < 0 ? messages.length : first) : 0;
  const role = placement === "system" || placement === "developer" ? placement : (dialect.systemRole ?? "developer");
  const instructions = messages
    .slice(0, head)
    .map(({ content }) => textOf(content))
    .join("\n\n");
  const input: JsonObject[] = [];
  const media: MediaContext = { model: call.request.model, policy: policyFor(call.policy, "messages"), notes };
  const note = (field: string, message: string): void => noteOnce(notes, { kind: "dropped", field, message });
  const itemsOf = (message: Message): JsonObject[] => {
    if (message.role === "system") return [{ role, content: textOf(message.content) }];
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
