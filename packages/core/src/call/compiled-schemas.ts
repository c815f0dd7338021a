import type { CompiledSchemas } from "../contract/call.ts";

/** Characters of keys that are kept: those of some thousand tools. */
const MOST_CHARACTERS = 4_000_000;

/** Keeps what was used last. A key that alone is too long is not kept. */
export function createCompiledSchemas(): CompiledSchemas {
  const byKey = new Map<string, unknown>();
  let characters = 0;
  return {
    get(key) {
      const compiled = byKey.get(key);
      if (compiled === undefined) return undefined;
      byKey.delete(key);
      byKey.set(key, compiled);
      return compiled;
    },
    set(key, compiled) {
      if (key.length > MOST_CHARACTERS || byKey.has(key)) return;
      byKey.set(key, compiled);
      characters += key.length;
      for (const oldest of byKey.keys()) {
        if (characters <= MOST_CHARACTERS) return;
        byKey.delete(oldest);
        characters -= oldest.length;
      }
    },
  };
}
