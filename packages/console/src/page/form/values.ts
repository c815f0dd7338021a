import type { FieldIssue, FormField } from "@lumiverse/connections";
import type { JsonObject } from "@lumiverse/core";
import type { ErrorSchema } from "@rjsf/utils";

/**
 * Leaves out settings with their default value, because the form itself fills in defaults. A setting that was stored before stays.
 * @param before the values as they were stored
 */
export function omitDefaults(values: JsonObject, fields: readonly FormField[], before: JsonObject): JsonObject {
  const result = structuredClone(values);
  for (const { path, default: value } of fields) {
    if (value === undefined || !path.includes(".") || valueAt(before, path) !== undefined) continue;
    if (valueAt(result, path) === value) removeAt(result, path);
  }
  return result;
}

/** The problems that the server found, for the fields of the form. */
export function errorSchemaOf(issues: readonly FieldIssue[]): ErrorSchema {
  const schema: ErrorSchema = {};
  for (const { path, message } of issues) {
    let node: ErrorSchema = schema;
    for (const key of path === "" ? [] : path.split(".")) node = ((node as Record<string, unknown>)[key] ??= {}) as ErrorSchema; // nested by path
    node.__errors = [...(node.__errors ?? []), message];
  }
  return schema;
}

function valueAt(values: JsonObject, path: string): unknown {
  let at: unknown = values;
  for (const key of path.split(".")) at = typeof at === "object" && at !== null ? (at as JsonObject)[key] : undefined;
  return at;
}

function removeAt(values: JsonObject, path: string): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at: unknown = values;
  for (const key of keys) at = typeof at === "object" && at !== null ? (at as JsonObject)[key] : undefined;
  if (typeof at === "object" && at !== null) delete (at as JsonObject)[last];
}
