import type { JsonObject } from "@lumiverse/core/provider";

/** The fields whose value is not undefined, in their order. */
export function definedFields(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
