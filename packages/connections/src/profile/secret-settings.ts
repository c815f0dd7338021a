/** Settings that are secret, such as headers of a server of one's own. They are kept in the vault, and a profile is shown without them. */

import type { JsonObject, SettingField } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** Dotted paths of secret settings. */
export function secretPaths(fields: readonly SettingField[]): string[] {
  return fields.filter(({ secret }) => secret === true).map(({ path }) => path);
}

export function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split(".")) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

/** A copy with a value at a path; undefined removes it. */
export function withValue(object: JsonObject, path: string, value: unknown): JsonObject {
  const [key = "", ...rest] = path.split(".");
  const { [key]: inner, ...others } = object;
  if (rest.length === 0) return value === undefined ? others : { ...object, [key]: value };
  if (value === undefined && !isObject(inner)) return object;
  return { ...object, [key]: withValue(isObject(inner) ? inner : {}, rest.join("."), value) };
}

/** Divides settings into those that are shown and those that are secret. */
export function splitSettings(settings: JsonObject, paths: readonly string[]): { shown: JsonObject; secret: Record<string, unknown> } {
  let shown = settings;
  const secret: Record<string, unknown> = {};
  for (const path of paths) {
    const value = valueAt(settings, path);
    if (value !== undefined && value !== null) secret[path] = value;
    shown = withValue(shown, path, undefined);
  }
  return { shown, secret };
}

export function joinSettings(shown: JsonObject, secret: Readonly<Record<string, unknown>> | undefined): JsonObject {
  return Object.entries(secret ?? {}).reduce((settings, [path, value]) => withValue(settings, path, value), shown);
}
