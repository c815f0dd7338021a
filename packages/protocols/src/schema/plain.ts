import { isObject, type JsonObject } from "@lumiverse/core";
import { put, step } from "./pointers.ts";
import { annotations, children } from "./tables.ts";
import { type Lose, say } from "./walk.ts";

/** JSON Schema as it is, less some keywords. */
export function plain(source: unknown, gone: ReadonlySet<string>, at: string, lose: Lose, open: Set<unknown>): JsonObject {
  if (!isObject(source)) return source === false ? { not: {} } : {};
  if (open.has(source)) {
    lose(at, "$ref", "the schema object holds itself: use $ref");
    return {};
  }
  open.add(source);
  const out: JsonObject = {};
  const told: string[] = [];
  const deeper = (value: unknown, pointer: string): unknown => (isObject(value) ? plain(value, gone, pointer, lose, open) : value);
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (gone.has(key)) {
      if (annotations.has(key)) continue;
      lose(at, key, "not taken here: it stands in the description");
      told.push(say(key, value));
    } else if (children.list.includes(key) && Array.isArray(value))
      put(
        out,
        key,
        value.map((one, n) => deeper(one, step(at, key, n))),
      );
    else if (children.record.includes(key) && isObject(value)) {
      const record: JsonObject = {};
      for (const name of Object.keys(value)) put(record, name, deeper(value[name], step(at, key, name)));
      out[key] = record;
    } else put(out, key, children.one.includes(key) ? deeper(value, step(at, key)) : value);
  }
  open.delete(source);
  if (told.length > 0) out["description"] = `${typeof out["description"] === "string" ? `${out["description"]} ` : ""}(${told.join("; ")})`;
  return out;
}
