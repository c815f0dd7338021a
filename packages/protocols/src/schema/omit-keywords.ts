import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { type AddLoss, addDescription, IN_DESCRIPTION, keywordText } from "./compilation.ts";
import { childPointer, setField } from "./pointers.ts";
import { annotations, children } from "./targets.ts";

/** Schemas in schemas beyond this depth stay as they are, because a call stack is not endless. */
const DEEPEST = 500;

/** Plain JSON Schema, except for some keywords, which are moved into the description. */
export function omitKeywords(source: unknown, omitted: ReadonlySet<string>, at: string, addLoss: AddLoss, depth = 0): JsonObject {
  if (!isObject(source)) return source === false ? { not: {} } : {};
  if (depth > DEEPEST) return source;
  const out: JsonObject = {};
  const described: string[] = [];
  const omitIn = (value: unknown, pointer: string): unknown =>
    isObject(value) ? omitKeywords(value, omitted, pointer, addLoss, depth + 1) : value;
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (omitted.has(key)) {
      if (annotations.has(key)) continue;
      addLoss(at, key, IN_DESCRIPTION);
      described.push(keywordText(key, value));
    } else if (children.list.includes(key) && Array.isArray(value))
      setField(
        out,
        key,
        value.map((one, n) => omitIn(one, childPointer(at, key, n))),
      );
    else if (children.record.includes(key) && isObject(value)) {
      const record: JsonObject = {};
      for (const name of Object.keys(value)) setField(record, name, omitIn(value[name], childPointer(at, key, name)));
      out[key] = record;
    } else setField(out, key, children.one.includes(key) ? omitIn(value, childPointer(at, key)) : value);
  }
  addDescription(out, described);
  return out;
}
