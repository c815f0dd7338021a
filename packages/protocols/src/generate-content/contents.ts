import { type CheckedCall, type Door, door, type JsonObject, type Message, type Note } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import type { GeminiTraits } from "../families/gemini.ts";

export const rich: Door<typeof import("./rich.ts")> = door(() => import("./rich.ts"));

export interface Walk {
  call: CheckedCall;
  traits: GeminiTraits | undefined;
  names: Names;
  notes: Note[];
  noted: Set<string>;
}

/** Messages as `contents`, and what of them is the system's. */
export function renderContents(
  call: CheckedCall,
  traits: GeminiTraits | undefined,
  names: Names,
  notes: Note[],
): { system: JsonObject[] | undefined; contents: JsonObject[] } {
  const walk: Walk = { call, traits, names, notes, noted: new Set() };
  const system: JsonObject[] = [];
  const contents: JsonObject[] = [];
  for (const message of call.messages) {
    if (message.role === "system" && contents.length === 0) system.push(...systemParts(message));
    else renderMessage(message, contents, walk);
  }
  const { prefill } = call.request;
  if (prefill !== undefined && prefill !== "") add(contents, "model", [{ text: prefill }]);
  if (contents.length === 0) {
    // A system prompt alone is refused: the conversation must have a turn.
    contents.push({ role: "user", parts: [{ text: "Begin." }] });
    note(walk, "changed", 'the conversation had no turn, which this wire refuses: a user turn "Begin." was added');
  }
  if (traits?.system !== false || system.length === 0) return { system: system.length === 0 ? undefined : system, contents };
  foldSystem(system, contents);
  note(walk, "moved", "the model takes no system prompt: it was put before the first user turn");
  return { system: undefined, contents };
}

function renderMessage(message: Message, contents: JsonObject[], walk: Walk): void {
  switch (message.role) {
    case "system":
      // One system prompt, and it comes first: later ones keep their place as the user's words.
      note(walk, "moved", "a system message after the first turn was sent as a user turn: this wire has one system prompt, at its head");
      return add(contents, "user", systemParts(message));
    case "user":
      return add(
        contents,
        "user",
        typeof message.content === "string" ? texts(message.content) : rich.inside.userParts(message.content, walk),
      );
    case "assistant":
      return add(
        contents,
        "model",
        typeof message.content === "string" ? texts(message.content) : rich.inside.modelParts(message.content, walk),
      );
    case "tool":
      return rich.inside.renderResults(message, contents, walk);
  }
}

/** Two model turns in a row are one: a turn of calls must follow a user's or a result's. User turns stay apart, so that results stand alone. */
export function add(contents: JsonObject[], role: "user" | "model", parts: JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents[contents.length - 1];
  if (role === "model" && last?.["role"] === "model" && Array.isArray(last["parts"])) last["parts"] = [...last["parts"], ...parts];
  else contents.push({ role, parts });
}

function systemParts({ content }: { content: string | readonly { text: string }[] }): JsonObject[] {
  return (typeof content === "string" ? [content] : content.map((part) => part.text))
    .filter((text) => text !== "")
    .map((text) => ({ text }));
}

const texts = (text: string): JsonObject[] => (text === "" ? [] : [{ text }]);

function foldSystem(system: readonly JsonObject[], contents: JsonObject[]): void {
  const first = contents[0];
  if (first?.["role"] === "user" && Array.isArray(first["parts"])) first["parts"] = [...system, ...first["parts"]];
  else contents.unshift({ role: "user", parts: [...system] });
}

export function note(walk: Walk, kind: Note["kind"], message: string): void {
  if (walk.noted.has(message)) return;
  walk.noted.add(message);
  walk.notes.push({ kind, field: "messages", message });
}
