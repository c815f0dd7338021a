/** Which installed providers bring fixtures, and where: all of them in a repository, the case `text` in a published package. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Installed } from "./installed.ts";

/** The hint where there are none. */
export const WITHOUT =
  'A package publishes its case "text" by the line "fixtures/text" in the files of its package.json; lumiverse replay takes any folder of fixtures too';

/** Provider id → folder of its cases. */
export function fixturesOf(installed: readonly Installed[]): Record<string, string> {
  const folders: Record<string, string> = {};
  for (const { provider, folder } of installed) {
    const fixtures = join(folder, "fixtures");
    if (existsSync(fixtures)) folders[provider.id] = fixtures;
  }
  return folders;
}
