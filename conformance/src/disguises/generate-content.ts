/** Forms in which some hosts write the generateContent protocol. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Disguise } from "./disguise.ts";
import { copyOf, mapJson, objectsIn, type StreamEvent } from "./stream-events.ts";

/** Changes the call parts of an answer. Undefined if it has none. */
function changingCalls(
  events: readonly StreamEvent[],
  change: (part: JsonObject, call: JsonObject) => JsonObject[],
): StreamEvent[] | undefined {
  let changed = false;
  const all = mapJson(events, (json) => {
    for (const candidate of objectsIn(json["candidates"])) {
      const content = candidate["content"];
      if (!isObject(content) || !Array.isArray(content["parts"])) continue;
      content["parts"] = objectsIn(content["parts"]).flatMap((part) => {
        const call = part["functionCall"];
        if (!isObject(call) || typeof call["name"] !== "string" || call["willContinue"] === true) return [part];
        const parts = change(part, call);
        changed ||= parts.length !== 1 || parts[0] !== part;
        return parts;
      });
    }
  });
  return changed ? all : undefined;
}

/** Arguments of one level as pieces. Undefined if one of them is an object or a list. */
function piecesOf(args: unknown): JsonObject[] | undefined {
  if (!isObject(args) || Object.keys(args).length === 0) return undefined;
  const pieces: JsonObject[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (!/^\w+$/.test(name)) return undefined;
    const jsonPath = `$.${name}`;
    if (typeof value === "string") pieces.push({ jsonPath, stringValue: value });
    else if (typeof value === "number") pieces.push({ jsonPath, numberValue: value });
    else if (typeof value === "boolean") pieces.push({ jsonPath, boolValue: value });
    else return undefined;
  }
  return pieces;
}

const disguise = (id: string, title: string, apply: (events: readonly StreamEvent[]) => StreamEvent[] | undefined): Disguise => ({
  id,
  title,
  apply: (events, protocol) => (protocol === "generate-content" ? apply(events) : undefined),
});

/** A value with its fields in snake case, except for what belongs to tools. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      key === "args" || key === "response" || key === "output" ? inner : snakeCased(inner),
    ]),
  );
}

export const generateContentDisguises: readonly Disguise[] = [
  disguise(
    "snake-case",
    "the fields are in snake case",
    (events) =>
      // A client sends parts of the vendor's own tools back unchanged.
      events.some(({ json }) => /"(?:executableCode|toolCall|toolResponse)"/.test(JSON.stringify(json ?? {})))
        ? undefined
        : events.map((event): StreamEvent => (event.json === undefined ? event : { ...event, json: snakeCased(event.json) as JsonObject })), // an object stays one
  ),
  disguise("wrapped-in-response", "each chunk is in an object with the field response", (events) =>
    events.map((event): StreamEvent => (event.json?.["candidates"] === undefined ? event : { ...event, json: { response: event.json } })),
  ),
  disguise("pieces-in-one-chunk", "the arguments of a call are pieces in one chunk, without willContinue", (events) =>
    changingCalls(events, (part, { args, ...call }) => {
      const partialArgs = piecesOf(args);
      return partialArgs === undefined ? [part] : [{ ...part, functionCall: { ...call, partialArgs } }];
    }),
  ),
  disguise("call-stated-twice", "a call with an id arrives twice", (events) =>
    changingCalls(events, (part, call) => (typeof call["id"] === "string" ? [part, { functionCall: copyOf(call) }] : [part])),
  ),
  disguise("call-announced-first", "a call with an id arrives without its arguments and then with them", (events) =>
    changingCalls(events, (part, { id, name }) => (typeof id === "string" ? [{ ...part, functionCall: { id, name } }, part] : [part])),
  ),
];
