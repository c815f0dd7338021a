/** An event stream as a list of events whose JSON can be changed. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";

export interface StreamEvent {
  /** The event's name, if it has one. */
  name?: string;
  /** The data, if it is a JSON object. */
  json?: JsonObject;
  /** The event's text, if its data is not a JSON object. It is written unchanged. */
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

/** The events, with the JSON of each changed. `change` changes a copy in place. */
export function mapJson(events: readonly StreamEvent[], change: (json: JsonObject) => void): StreamEvent[] {
  return events.map((event): StreamEvent => {
    if (event.json === undefined) return event;
    const json = copyOf(event.json);
    change(json);
    return { ...event, json };
  });
}

/** A field of an object. */
export type Field = [holder: JsonObject, name: string];

/** The events, with the values of fields changed. `change` returns undefined for a value that stays. Undefined if all stay. */
export function changeFields(
  events: readonly StreamEvent[],
  fieldsOf: (json: JsonObject) => readonly Field[],
  change: (value: unknown) => unknown,
): StreamEvent[] | undefined {
  let changed = false;
  const all = mapJson(events, (json) => {
    for (const [holder, name] of fieldsOf(json)) {
      const value = change(holder[name]);
      if (value === undefined) continue;
      holder[name] = value;
      changed = true;
    }
  });
  return changed ? all : undefined;
}

/** The objects of a list. Empty if it is not a list. */
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
