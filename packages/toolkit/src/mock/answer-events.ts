import type { Usage } from "@lumiverse/core";
import type { ReadEvent } from "@lumiverse/core/provider";
import type { MockAnswer, MockToolCall } from "./script.ts";

/** The events of an answer, as the mock's protocol carries them. */
export function answerEvents(answer: MockAnswer, id: string, model: string, callId: (call: MockToolCall) => string): ReadEvent[] {
  const events: ReadEvent[] = [{ type: "start", id, model: answer.model ?? model }];
  let index = 0;
  if (answer.reasoning !== undefined || answer.replay !== undefined) {
    events.push({ type: "part-start", index, kind: "reasoning" });
    for (const text of pieces(answer.reasoning ?? "", answer.chunkSize)) events.push({ type: "reasoning", index, text });
    events.push({ type: "part-end", index: index++, ...(answer.replay === undefined ? {} : { replay: answer.replay }) });
  }
  const text = answer.json === undefined ? answer.text : JSON.stringify(answer.json);
  if (text !== undefined) {
    events.push({ type: "part-start", index, kind: "text" });
    for (const piece of pieces(text, answer.chunkSize)) events.push({ type: "text", index, text: piece });
    events.push({ type: "part-end", index: index++ });
  }
  for (const part of answer.parts ?? []) events.push({ type: "part", index: index++, part });
  for (const call of answer.toolCalls ?? []) {
    events.push({ type: "part-start", index, kind: "tool-call", id: callId(call), name: call.name });
    const input = typeof call.input === "string" ? call.input : JSON.stringify(call.input ?? {});
    for (const piece of pieces(input, answer.chunkSize)) events.push({ type: "tool-call-delta", index, text: piece });
    events.push({ type: "part-end", index: index++ });
  }
  events.push({ type: "usage", usage: answer.usage ?? countedUsage(answer, text) });
  const hasCalls = (answer.toolCalls?.length ?? 0) > 0;
  events.push({ type: "finish", reason: answer.finishReason ?? (hasCalls ? "tool-calls" : "stop") });
  return events;
}

function countedUsage({ reasoning = "", toolCalls = [] }: MockAnswer, text = ""): Usage {
  const characters = text.length + reasoning.length + JSON.stringify(toolCalls).length - 2;
  return { input: 10, output: Math.max(1, Math.ceil(characters / 4)), completeness: "exact" };
}

/** A text in pieces of `size` characters, or word by word. */
function pieces(text: string, size: number | undefined): string[] {
  if (size === undefined) return text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? [];
  const characters = [...text];
  const out: string[] = [];
  for (let at = 0; at < characters.length; at += size) out.push(characters.slice(at, at + size).join(""));
  return out;
}
