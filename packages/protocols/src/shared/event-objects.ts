import { excerpt, isObject, type JsonObject, LumiverseError } from "@lumiverse/core/provider";
import type { SimilarJson } from "./similar-json.ts";

/**
 * The JSON objects of one event. Without the blank line between them, several events arrive as one, and each of its lines is then an object.
 * @throws LumiverseError `malformed-response`
 */
export function eventObjects(data: string, parser: SimilarJson): JsonObject[] {
  let json: unknown;
  try {
    json = parser.parse(data);
  } catch (cause) {
    const lines = data.split("\n").filter((line) => line.trim() !== "");
    const objects = lines.length > 1 ? lines.map(parsed) : [];
    if (objects.length === 0 || !objects.every(isObject))
      throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is not JSON: ${excerpt(data, 120)}`, cause });
    return objects;
  }
  if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event of the stream is not a JSON object" });
  return [json];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
