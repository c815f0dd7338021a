import type { JsonObject, SettingsMigration } from "@lumiverse/core";
import { ConnectionsError } from "../error.ts";

/** Brings stored settings up to date. @throws ConnectionsError `newer-schema` for settings of a newer version */
export function migrateSettings(
  migrations: readonly SettingsMigration[],
  provider: string,
  settings: JsonObject,
  version: number,
): JsonObject {
  if (version > migrations.length)
    throw new ConnectionsError({
      code: "newer-schema",
      message: `the settings of this ${provider} connection have version ${version}; the installed package knows ${migrations.length}`,
      hint: `Update @lumiverse/${provider}`,
    });
  return migrations.slice(version).reduce((current, migrate) => migrate(current), settings);
}
