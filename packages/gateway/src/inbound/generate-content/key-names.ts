import { isObject, type JsonObject } from "@lumiverse/core/provider";

/** The value of a field in camelCase, or in the snake_case that the vendor accepts too, with the key that the client wrote. */
export function field(holder: JsonObject, name: string): { key: string; value: unknown } {
  if (Object.hasOwn(holder, name)) return { key: name, value: holder[name] };
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { key: Object.hasOwn(holder, snake) ? snake : name, value: holder[snake] };
}

/** The value of a field whose spelling does not matter. */
export function fieldValue(holder: unknown, name: string): unknown {
  return isObject(holder) ? field(holder, name).value : undefined;
}
