/** An event stream as a list of events whose JSON can be changed. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";

export interface StreamEvent {
  /** The event's name, if it has one. */
  name?: string;
  /** The data, if it is a JSON object. */
  json?: JsonObject;
  /** The event's text, if its data is no JSON object. It is written unchanged. */
  raw?: string;
}

/** Reads a stream. Undefined if an event has a form that cannot be written again, such as several data lines. */
export function readStreamEvents(body: string): StreamEvent[] | undefined {
  const events: StreamEvent[] = [];
  for (const block of body
    .replace(/^\uFEFF/, "")
    .replace(/\r\n|\r/g, "\n")
    .split(/\n{2,}/)) {
    if (block.trim() === "") continue;
    const data = block.match(/^data:.*$/gm) ?? [];
    if (data.length > 1) return undefined;
    const json = parsed(data[0]?.slice("data:".length) ?? "");
    const name = /^event:\s*(.*)$/m.exec(block)?.[1];
    events.push(json === undefined ? { raw: block } : { ...(name === undefined ? {} : { name }), json });
  }
  return events;
}

/** Writes a stream. */
export function writeStreamEvents(events: readonly StreamEvent[]): string {
  return events
    .map(({ name, json, raw }) => `${raw ?? `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(json)}`}\n\n`)
    .join("");
}

/** An event of a protocol that names its events in the data too. */
export function named(type: string, fields: JsonObject): StreamEvent {
  return { name: type, json: { type, ...fields } };
}

/** A copy of a JSON object. */
export function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T; // JSON gives back what it was made from
}

/** The objects of a list. Empty if it is no list. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function parsed(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
