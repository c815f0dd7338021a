/** Turns of parts: media, signatures, calls and their results. */
import {
  isObject,
  type JsonObject,
  type Part,
  type Replay,
  type ToolCallPart,
  type ToolMessage,
  type ToolResultPart,
} from "@lumiverse/core";
import { add, note, type Walk } from "./contents.ts";
import { renderMedia } from "./media.ts";
import type { PartReplay } from "./parts.ts";

/** What the vendor takes in place of the signature of a call that one of its models did not make (its page on thought signatures). */
const PLACEHOLDER = "skip_thought_signature_validator";
/** Media that a tool result may hold itself. */
const IN_RESULT: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"]);

export function userParts(content: readonly Part[], walk: Walk): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const part of content) {
    if (part.type === "text") {
      if (part.text !== "") parts.push({ text: part.text });
    } else if (part.type === "image" || part.type === "audio" || part.type === "file") {
      if (part.type === "image" && part.detail !== undefined && part.detail !== "auto")
        note(walk, "dropped", "this wire has no detail for one image: parameters.mediaResolution sets it for all");
      parts.push(renderMedia(part));
    } else note(walk, "dropped", `a part of the kind ${part.type} has no place in a user turn`);
  }
  return parts;
}

export function modelParts(content: readonly Part[], walk: Walk): JsonObject[] {
  const parts: JsonObject[] = [];
  let calls = 0;
  for (const part of content) {
    const own = replayOf("replay" in part ? part.replay : undefined, walk);
    const signed = own?.thoughtSignature === undefined ? {} : { thoughtSignature: own.thoughtSignature };
    switch (part.type) {
      case "text":
        // An empty part is refused, unless it carries a signature.
        if (part.text !== "" || own?.thoughtSignature !== undefined) parts.push({ text: part.text, ...signed });
        break;
      case "reasoning":
        if (own?.thoughtSignature !== undefined) parts.push({ text: part.text, thought: true, ...signed });
        // This model's own thoughts are said by nobody twice; of hand-made ones a caller wants to know.
        else if (part.text !== "" && part.replay === undefined)
          note(walk, "dropped", "reasoning without a signature was not sent back: the vendor does not want it");
        break;
      case "tool-call":
        parts.push(callPart(part, own, calls++ === 0, walk));
        break;
      case "image":
      case "audio":
      case "file":
        parts.push({ ...renderMedia(part), ...signed });
        break;
      case "opaque":
        // Pictures of a thought are nothing that the vendor wants back.
        if (own?.raw !== undefined && own.raw["thought"] !== true) parts.push(own.raw);
        break;
      case "source":
      case "tool-result":
        break;
    }
  }
  return parts;
}

/** What this wire's reader kept of a part. `without` signatures: they were refused, and the call is made once more with placeholders. */
function replayOf(replay: Replay | undefined, { call }: Walk): PartReplay | undefined {
  if (!isObject(replay?.data)) return undefined;
  const { thoughtSignature, raw } = replay.data;
  return {
    ...(typeof thoughtSignature === "string" && !call.without.has("signatures") ? { thoughtSignature } : {}),
    ...(isObject(raw) ? { raw: call.without.has("signatures") ? unsigned(raw) : raw } : {}),
  };
}
function unsigned(raw: JsonObject): JsonObject {
  const { thoughtSignature: _, ...rest } = raw;
  return rest;
}

function callPart(part: ToolCallPart, own: PartReplay | undefined, first: boolean, walk: Walk): JsonObject {
  const { traits } = walk;
  const args = part.input ?? argumentsOf(part);
  const wire: JsonObject = {
    functionCall: {
      ...(traits?.ids === false ? {} : { id: part.id }),
      name: walk.names.wire(part.name),
      // Only an object is taken.
      args: isObject(args) ? args : { value: args },
    },
  };
  if (own?.thoughtSignature !== undefined) wire["thoughtSignature"] = own.thoughtSignature;
  else if (first && traits?.signed === true) {
    // The first call of a step must be signed; its parallel siblings must not be.
    wire["thoughtSignature"] = PLACEHOLDER;
    note(walk, "foreign", "tool calls that this model did not sign carry the vendor's placeholder for a signature");
  }
  return wire;
}

/** Of a call that came without its parsed form. */
function argumentsOf(part: ToolCallPart): unknown {
  try {
    return JSON.parse(part.arguments);
  } catch {
    // Core has noted that they do not parse.
    return {};
  }
}

/** All results of a step in one content of their own, in the order of the calls. */
export function renderResults(message: ToolMessage, contents: JsonObject[], walk: Walk): void {
  const results: JsonObject[] = [];
  const after: JsonObject[] = [];
  for (const part of message.content) results.push(resultPart(part, after, walk));
  add(contents, "user", results);
  if (after.length === 0) return;
  note(walk, "moved", "media of a tool result was sent in a user turn after it: the model takes none inside");
  add(contents, "user", after);
}

function resultPart(part: ToolResultPart, after: JsonObject[], walk: Walk): JsonObject {
  const content = typeof part.content === "string" ? [{ type: "text" as const, text: part.content }] : part.content;
  const media: JsonObject[] = [];
  let text = "";
  let labelled = false;
  for (const one of content) {
    if (one.type === "text") {
      text += `${text === "" ? "" : "\n"}${one.text}`;
      continue;
    }
    const wire = renderMedia(one);
    if (walk.traits?.toolMedia !== false && one.mediaType !== undefined && IN_RESULT.has(one.mediaType) && "inlineData" in wire)
      media.push(wire);
    else {
      if (!labelled) after.push({ text: `From the result of ${part.name ?? "the tool"}:` });
      labelled = true;
      after.push(wire);
    }
  }
  if (text === "" && content.length > 0) text = media.length > 0 || labelled ? "(attached)" : "";
  return {
    functionResponse: {
      ...(walk.traits?.ids === false ? {} : { id: part.id }),
      name: walk.names.wire(part.name ?? "tool"),
      // The wire has no error flag: the key says it.
      response: part.isError === true ? { error: text } : { output: text },
      ...(media.length === 0 ? {} : { parts: media }),
    },
  };
}
