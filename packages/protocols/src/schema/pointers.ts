/** JSON pointers, and copying schemas safely. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { children } from "./targets.ts";

/** A JSON pointer, extended by keys. */
export function childPointer(at: string, ...keys: readonly (string | number)[]): string {
  for (const key of keys) at += `/${String(key).replace(/~/g, "~0").replace(/\//g, "~1")}`;
  return at;
}

/** Sets a field, also one with the name `__proto__`. */
export function setField(object: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** A copy of a schema except for some keywords. */
export function omit(schema: JsonObject, ...keywords: readonly string[]): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(schema)) if (!keywords.includes(key)) setField(out, key, schema[key]);
  return out;
}

/** A copy of a schema in which `change` replaces every schema inside it, and whatever stands in the place of one. Undefined: it is left out. */
export function mapSchemas(
  source: JsonObject,
  at: string,
  change: (schema: unknown, pointer: string, keyword: string) => unknown,
): JsonObject {
  return mapFields(source, (value, key) => {
    const pointer = childPointer(at, key);
    if (children.record.includes(key) && isObject(value))
      return mapFields(value, (one, name) => (one === undefined ? undefined : change(one, childPointer(pointer, name), key)));
    if (children.list.includes(key) && Array.isArray(value))
      return value.map((one: unknown, n) => change(one, childPointer(pointer, n), key)).filter((one) => one !== undefined);
    return children.one.includes(key) && value !== undefined ? change(value, pointer, key) : value;
  });
}

/** A copy of an object with other values. Undefined: the field is left out. */
function mapFields(source: JsonObject, change: (value: unknown, key: string) => unknown): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(source)) {
    const value = change(source[key], key);
    if (value !== undefined) setField(out, key, value);
  }
  return out;
}

/** What a `$ref` points at: by JSON pointer, by the `$anchor` of a definition, or the root. Undefined for another document and for nothing. */
export function resolve(root: JsonObject, ref: string): { schema: unknown; at: string } | undefined {
  if (ref === "#") return { schema: root, at: "#" };
  if (!ref.startsWith("#/")) return definitionWithAnchor(root, ref.slice(1));
  let schema: unknown = root;
  for (const raw of ref.slice(2).split("/")) {
    const key = pointerKey(raw);
    if (key === undefined) return undefined;
    if (Array.isArray(schema)) schema = schema[Number(key)];
    else if (isObject(schema) && Object.hasOwn(schema, key)) schema = schema[key];
    else return undefined;
  }
  return schema === undefined ? undefined : { schema, at: ref };
}

function definitionWithAnchor(root: JsonObject, anchor: string): { schema: unknown; at: string } | undefined {
  for (const keyword of ["$defs", "definitions"])
    for (const [name, schema] of Object.entries(isObject(root[keyword]) ? root[keyword] : {}))
      if (isObject(schema) && schema["$anchor"] === anchor) return { schema, at: childPointer("#", keyword, name) };
  return undefined;
}

/** The key that a step of a pointer stands for. Undefined if it is not well-formed. */
export function pointerKey(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
  } catch {
    return undefined;
  }
}
