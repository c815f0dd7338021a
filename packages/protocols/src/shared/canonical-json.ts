import { isObject } from "@lumiverse/core/provider";

/** JSON with sorted keys, to compare the arguments of two calls. Text that is not JSON is returned as it is, and no text as an empty object. */
export function canonicalJson(text: string): string {
  if (text.trim() === "") return "{}";
  try {
    return JSON.stringify(JSON.parse(text, sortKeys) ?? {});
  } catch {
    return text;
  }
}

function sortKeys(_key: string, value: unknown): unknown {
  // Without a prototype, `__proto__` is a key like any other.
  if (!isObject(value)) return value;
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) sorted[key] = value[key];
  return sorted;
}
