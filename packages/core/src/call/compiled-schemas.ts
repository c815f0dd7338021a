import type { CompiledSchemas } from "../contract/call.ts";

/** Characters of keys that are kept: those of some thousand tools, or of five hundred with more than a hundred subschemas each. */
const MOST_CHARACTERS = 8_000_000;

/** A map that is emptied when it is full. */
export function createCompiledSchemas(): CompiledSchemas {
  const byKey = new Map<string, unknown>();
  let characters = 0;
  return {
    get: (key) => byKey.get(key),
    set(key, compiled) {
      if (!byKey.has(key)) characters += key.length;
      if (characters > MOST_CHARACTERS) {
        byKey.clear();
        characters = key.length;
      }
      byKey.set(key, compiled);
    },
  };
}
