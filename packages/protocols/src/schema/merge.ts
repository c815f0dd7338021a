/** `allOf` as one schema: what every member says, together. */
import { isObject, type JsonObject } from "@lumiverse/core";
import { put } from "./pointers.ts";

/** `b` into `a`; returns the keywords that cannot be joined (the first one's word stands). */
export function mergeInto(a: JsonObject, b: JsonObject): string[] {
  const failed: string[] = [];
  for (const key of Object.keys(b)) {
    const left = a[key];
    const right = b[key];
    if (!Object.hasOwn(a, key)) put(a, key, right);
    else if (JSON.stringify(left) !== JSON.stringify(right)) {
      const joined = join(key, left, right);
      if (joined === undefined) failed.push(key);
      else put(a, key, joined);
    }
  }
  return failed;
}

const HIGHER = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const LOWER = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);
const FIRST = new Set([
  "title",
  "default",
  "examples",
  "example",
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

function join(key: string, a: unknown, b: unknown): unknown {
  if (FIRST.has(key)) return a;
  if (key === "description") return `${String(a)} ${String(b)}`;
  if (typeof a === "number" && typeof b === "number") return HIGHER.has(key) ? Math.max(a, b) : LOWER.has(key) ? Math.min(a, b) : undefined;
  switch (key) {
    case "required":
      return Array.isArray(a) && Array.isArray(b) ? [...new Set([...a, ...b])] : undefined;
    case "enum": {
      const both = Array.isArray(a) && Array.isArray(b) ? a.filter((value) => b.includes(value)) : [];
      return both.length > 0 ? both : undefined;
    }
    case "type": {
      const types = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
      const both = types(a).filter((type) => types(b).includes(type) || (type === "integer" && types(b).includes("number")));
      if (types(a).includes("number") && types(b).includes("integer")) both.push("integer");
      return both.length === 0 ? undefined : both.length === 1 ? both[0] : both;
    }
    case "properties": {
      if (!isObject(a) || !isObject(b)) return undefined;
      const all: JsonObject = {};
      for (const name of Object.keys(a)) put(all, name, a[name]);
      for (const name of Object.keys(b)) put(all, name, Object.hasOwn(all, name) ? { allOf: [all[name], b[name]] } : b[name]);
      return all;
    }
    case "additionalProperties":
    case "unevaluatedProperties":
    case "items":
      if (a === false || b === false) return false;
      return a === true ? b : b === true ? a : { allOf: [a, b] };
    default:
      return undefined;
  }
}
