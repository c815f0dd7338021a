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
  const out: JsonObject = {};
  for (const key of Object.keys(source)) {
    const value = source[key];
    const pointer = childPointer(at, key);
    let mapped: unknown = value;
    if (children.record.includes(key) && isObject(value)) {
      const record: JsonObject = {};
      for (const name of Object.keys(value)) {
        const one = value[name] === undefined ? undefined : change(value[name], childPointer(pointer, name), key);
        if (one !== undefined) setField(record, name, one);
      }
      mapped = record;
    } else if (children.list.includes(key) && Array.isArray(value))
      mapped = value.map((one: unknown, n) => change(one, childPointer(pointer, n), key)).filter((one) => one !== undefined);
    else if (children.one.includes(key) && value !== undefined) mapped = change(value, pointer, key);
    if (mapped !== undefined) setField(out, key, mapped);
  }
  return out;
}

/** What a `$ref` points at: by JSON pointer, by the `$anchor` of a definition, or the root. Undefined for another document and for nothing. */
export function resolve(root: JsonObject, ref: string): { schema: unknown; at: string } | undefined {
  if (ref === "#") return { schema: root, at: "#" };
  if (!ref.startsWith("#/")) {
    for (const defs of ["$defs", "definitions"])
      if (isObject(root[defs]))
        for (const name of Object.keys(root[defs])) {
          const schema = root[defs][name];
          if (isObject(schema) && schema["$anchor"] === ref.slice(1)) return { schema, at: childPointer("#", defs, name) };
        }
    return undefined;
  }
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

/** The key that a step of a pointer stands for. Undefined if it is not well-formed. */
export function pointerKey(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
  } catch {
    return undefined;
  }
}
