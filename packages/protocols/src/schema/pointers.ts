/** JSON pointers, and copying schemas safely. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";

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

/** What a `$ref` points at: by JSON pointer, by the `$anchor` of a definition, or the root. Undefined for another document and for nothing. */
export function resolve(root: JsonObject, ref: string): { schema: unknown; at: string } | undefined {
  const id = root["$id"];
  const local = typeof id === "string" && ref.startsWith(id) ? ref.slice(id.length) : ref;
  if (local === "" || local === "#") return { schema: root, at: "#" };
  if (!local.startsWith("#")) return undefined;
  if (!local.startsWith("#/")) {
    for (const defs of ["$defs", "definitions"])
      if (isObject(root[defs]))
        for (const name of Object.keys(root[defs])) {
          const schema = root[defs][name];
          if (isObject(schema) && schema["$anchor"] === local.slice(1)) return { schema, at: childPointer("#", defs, name) };
        }
    return undefined;
  }
  let schema: unknown = root;
  for (const raw of local.slice(2).split("/")) {
    const key = pointerKey(raw);
    if (key === undefined) return undefined;
    if (Array.isArray(schema)) schema = schema[Number(key)];
    else if (isObject(schema) && Object.hasOwn(schema, key)) schema = schema[key];
    else return undefined;
  }
  return schema === undefined ? undefined : { schema, at: local };
}

/** The key that a step of a pointer stands for. Undefined if it is not well-formed. */
export function pointerKey(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
  } catch {
    return undefined;
  }
}
