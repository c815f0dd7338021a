import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { type AddLoss, addDescription, IN_DESCRIPTION, keywordText } from "../compilation.ts";
import { mapSchemas, omit } from "../pointers.ts";
import { annotations } from "../targets.ts";

/** Deeper schemas stay as they are, so that recursion cannot overflow the call stack. */
const DEEPEST = 500;

interface Omission {
  omitted: ReadonlySet<string>;
  addLoss: AddLoss;
}

/** Plain JSON Schema, except for some keywords, which are moved into the description. */
export function omitKeywords(source: unknown, omission: Omission, at = "#", depth = 0): JsonObject {
  const { omitted, addLoss } = omission;
  if (!isObject(source)) return source === false ? { not: {} } : {};
  if (depth > DEEPEST) return source;
  const described: string[] = [];
  for (const key of Object.keys(source))
    if (omitted.has(key) && !annotations.has(key)) {
      addLoss(at, key, IN_DESCRIPTION);
      described.push(keywordText(key, source[key]));
    }
  const out = mapSchemas(omit(source, ...omitted), at, (value, pointer) =>
    isObject(value) ? omitKeywords(value, omission, pointer, depth + 1) : value,
  );
  addDescription(out, described);
  return out;
}
