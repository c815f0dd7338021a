import type { JsonObject } from "@lumiverse/core";
import { ConnectionsError } from "../error.ts";

/** Changes settings as an older version of a provider's package stored them into those of the next version. */
export type SettingsMigration = (settings: JsonObject) => JsonObject;

/** By provider id, in order. A profile stores how many have run. A published migration is never edited or removed. */
export type SettingsMigrations = Readonly<Record<string, readonly SettingsMigration[]>>;

/** The version that new profiles of a provider are stored with. */
export function settingsVersion(migrations: SettingsMigrations, provider: string): number {
  return migrations[provider]?.length ?? 0;
}

/** Brings stored settings up to date. @throws ConnectionsError `newer-schema` for settings of a newer version */
export function migrateSettings(migrations: SettingsMigrations, provider: string, settings: JsonObject, version: number): JsonObject {
  const steps = migrations[provider] ?? [];
  if (version > steps.length)
    throw new ConnectionsError({
      code: "newer-schema",
      message: `the settings of this ${provider} profile have version ${version}; this version knows ${steps.length}`,
      hint: "Update the packages of Lumiverse",
    });
  return steps.slice(version).reduce((current, migrate) => migrate(current), settings);
}
