/** Settings that are secret, such as headers of a private server. The vault stores them, and a profile is shown without them. */

import type { JsonObject, SettingField } from "@lumiverse/core";
import { valueAt, withValue } from "../dotted-path.ts";

/** Dotted paths of secret settings. */
export function secretPaths(fields: readonly SettingField[]): string[] {
  return fields.filter(({ secret }) => secret === true).map(({ path }) => path);
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
